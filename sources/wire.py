"""A connection whose every wait ends at one deadline and whose answers are bounded. For what is not HTTP."""

import math
import socket
import ssl
import time

from sources.bodies import MIB
from sources.errors import Refused

LONGEST_LINE = MIB  #: bytes
_CHUNK = 65_536


class Overlong(Exception):
    """The other side sent more than it may."""


class Wire:
    """Sends and receives; every wait raises TimeoutError at the deadline, OSError where the connection breaks."""

    def __init__(self, sock: socket.socket, seconds: float, most: int) -> None:
        self._sock = sock
        self._ends = time.monotonic() + seconds
        self._left = most  #: bytes that may still come
        self._received = bytearray()

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Begin TLS for a host. Raises Refused where its certificate cannot be trusted.

        Raises ssl.SSLError where it fails otherwise, and EOFError where something was slipped in before.
        """
        if self._received:
            raise EOFError("something was slipped in before the encryption began")
        self._sock.settimeout(self._patience())
        try:
            self._sock = context.wrap_socket(self._sock, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"{host} has a certificate that cannot be trusted: {error.verify_message}") from error

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._sock.settimeout(self._patience())
        self._sock.sendall(data)

    def readline(self) -> bytes:
        """Return a line with its end; b"" where the other side is gone."""
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > LONGEST_LINE:
                raise Overlong("a line without end")
            if not self._receive():
                return b""
        return self._taken(end + 1)

    def read(self, size: int) -> bytes:
        """Return so many bytes; fewer where the other side is gone."""
        if size - len(self._received) > self._left:
            raise Overlong(f"{size} bytes in one piece")
        while len(self._received) < size and self._receive():
            pass
        return self._taken(size)

    def receive(self, seconds: float) -> bytes:
        """Return what comes next within so many seconds; b"" where the other side is gone."""
        self._receive(seconds)
        return self._taken(len(self._received))

    def replay(self, data: bytes) -> None:
        """Have something read before what comes."""
        self._received[:0] = data

    def close(self) -> None:
        """End the connection."""
        self._sock.close()

    def _receive(self, seconds: float = math.inf) -> int:
        self._sock.settimeout(min(seconds, self._patience()))
        chunk = self._sock.recv(_CHUNK)
        self._left -= len(chunk)
        if self._left < 0:
            raise Overlong("more than is read at once")
        self._received += chunk
        return len(chunk)

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def _patience(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("it took too long in all")
        return left
