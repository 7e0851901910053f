"""Reading the body of an answer within bounds. Pure."""

import zlib
from collections.abc import Iterable, Iterator

from sources.errors import Malformed

MIB = 1024 * 1024
DRAINED = 64 * 1024  #: bytes of an unwanted body that are read for the sake of the connection
DRAINED_PIECES = 100
MOST_PIECES = 50_000  #: more means that a site sends single bytes to keep us busy
MOST_MEMBERS = 1000  #: of one gzip stream


def read_body(pieces: Iterable[bytes], encoding: str, most: int, *, cut: bool = False) -> bytes:
    """Return a body that came in pieces, decompressed by its content encoding, identity or gzip.

    At most `most` bytes are read, on the wire and after decompression; what is longer is cut there if `cut`, and
    otherwise raises Malformed, as does a broken body. The message lacks its subject, the site.
    """
    wire = _bounded(pieces, most)
    parts = _decoded(wire, encoding.strip().lower(), most)
    body = bytearray()
    for part in parts:
        body += part
        if len(body) > most:
            break
    if len(body) <= most:
        return bytes(body)
    if cut:
        return bytes(body[:most])
    raise Malformed(f"sent more than {most // MIB} MiB")


def _decoded(wire: Iterable[bytes], encoding: str, most: int) -> Iterable[bytes]:
    if encoding in ("", "identity"):
        return wire
    if encoding in ("gzip", "x-gzip"):
        return _unpacked(wire, most)
    raise Malformed(f"used the encoding {encoding[:20]!r} although only gzip was offered")


def _bounded(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Pass pieces on until one byte more than `most` has come."""
    left = most + 1
    for number, piece in enumerate(pieces, 1):
        if number > MOST_PIECES:
            raise Malformed(f"sent its answer in more than {MOST_PIECES} pieces")
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def _unpacked(wire: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Decompress no further than one byte more than `most`."""
    left, received = most + 1, 0
    unpack = zlib.decompressobj(wbits=31)
    members = 1
    for piece in wire:
        received += len(piece)
        while piece and left:
            if unpack.eof and not piece.startswith(b"\x1f"):
                return  # what follows a finished stream is padding
            if unpack.eof:
                unpack, members = zlib.decompressobj(wbits=31), members + 1
                if members > MOST_MEMBERS:
                    raise Malformed("sent compression in too many parts")
            unpacked = _decompress(unpack, piece, left)
            left -= len(unpacked)
            piece = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
            yield unpacked
    if received > most:
        raise Malformed(f"sent more than {most // MIB} MiB")
    if received and left and not unpack.eof:
        raise Malformed("sent compression that breaks off")


def _decompress(unpack: "zlib._Decompress", piece: bytes, most: int) -> bytes:
    try:
        return unpack.decompress(piece, most)
    except zlib.error as error:
        raise Malformed("sent broken compression") from error


def drain(pieces: Iterable[bytes]) -> bytes:
    """Read a little of a body that nobody wants, so that its connection can be used again."""
    read = 0
    for number, piece in enumerate(pieces):
        read += len(piece)
        if read > DRAINED or number > DRAINED_PIECES:
            break
    return b""
