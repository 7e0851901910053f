"""Bodies within bounds."""

import gzip
import zlib
from collections.abc import Iterator

import pytest

from sources.bodies import MOST_PIECES, read_body
from sources.errors import Malformed

MIB = 1024 * 1024
TEXT = b"What was said about the nursery. " * 2000
PACKED = gzip.compress(TEXT)


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


WHOLE = {
    "nothing": ([], "", b""),
    "plain": (pieces(TEXT, 999), "", TEXT),
    "identity": (pieces(TEXT, 999), "identity", TEXT),
    "nothing, packed": ([], "gzip", b""),
    "packed": ([PACKED], "gzip", TEXT),
    "packed, in capitals": ([PACKED], " GZIP ", TEXT),
    "packed, old name": ([PACKED], "x-gzip", TEXT),
    "packed, byte by byte": (pieces(PACKED, 1), "gzip", TEXT),
    "packed in two members": ([PACKED + PACKED], "gzip", TEXT + TEXT),
    "packed in two members, byte by byte": (pieces(PACKED + PACKED, 1), "gzip", TEXT + TEXT),
    "packed and padded": ([PACKED + bytes(500)], "gzip", TEXT),
    "packed empty": ([gzip.compress(b"")], "gzip", b""),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_body_must_arrive_whole(name: str) -> None:
    wire, encoding, body = WHOLE[name]
    assert read_body(wire, encoding, MIB) == body


def test_a_body_of_exactly_the_limit_must_arrive_and_one_more_byte_must_not() -> None:
    most = b"x" * MIB
    assert read_body([most], "", MIB) == most
    assert read_body([gzip.compress(most)], "gzip", MIB) == most
    for wire, encoding in (([most, b"x"], ""), ([gzip.compress(most + b"x")], "gzip")):
        with pytest.raises(Malformed, match="more than 1 MiB"):
            read_body(wire, encoding, MIB)
        assert read_body(wire, encoding, MIB, cut=True) == most


BROKEN = {
    "unknown encoding": ([b"x"], "br", "only gzip was offered"),
    "two encodings": ([PACKED], "gzip, gzip", "only gzip was offered"),
    "nonsense": ([b"nonsense"], "gzip", "broken compression"),
    "zlib": ([zlib.compress(TEXT)], "gzip", "broken compression"),
    "cut": ([PACKED[:-9]], "gzip", "breaks off"),
    "cut in the head": ([PACKED[:5]], "gzip", "breaks off"),
    "wrong sum": ([PACKED[:-8] + bytes(8)], "gzip", "broken compression"),
    "second member cut": ([PACKED + PACKED[:-9]], "gzip", "breaks off"),
    "second member nonsense": ([PACKED + b"\x1fnonsense"], "gzip", "broken compression"),
    "many empty members": ([gzip.compress(b"") * 2000], "gzip", "too many parts"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_body_must_be_told(name: str) -> None:
    wire, encoding, said = BROKEN[name]
    with pytest.raises(Malformed, match=said):
        read_body(wire, encoding, MIB)


def _endless(piece: bytes, read: list[int]) -> Iterator[bytes]:
    while True:
        read.append(len(piece))
        yield piece


ENDLESS = {
    "plain": (b"", b"x" * 65536, ""),
    "packed zeros": (gzip.compress(bytes(100 * MIB)), b"", "gzip"),
    "empty blocks": (gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff" * 1000, "gzip"),
    "empty members": (b"", gzip.compress(b"") * 100, "gzip"),
    "padding": (PACKED, bytes(65536), "gzip"),
    "single bytes": (b"", b"x", ""),
    "empty pieces": (b"", b"", ""),
}


@pytest.mark.parametrize("name", [name for name in ENDLESS if name != "padding"])
def test_an_endless_body_must_end(name: str) -> None:
    first, again, encoding = ENDLESS[name]
    read: list[int] = []

    def wire() -> Iterator[bytes]:
        yield first
        yield from _endless(again, read)

    with pytest.raises(Malformed):
        read_body(wire(), encoding, 5 * MIB)
    assert sum(read) <= 6 * MIB
    assert len(read) <= MOST_PIECES


def test_padding_after_a_packed_body_must_not_be_read_for_ever() -> None:
    read: list[int] = []
    assert read_body(_endless(PACKED + bytes(65536), read), "gzip", MIB) == TEXT
    assert len(read) == 1
