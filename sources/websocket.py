"""A WebSocket, read in the caller's thread. The one door to websockets, an extra; imported only for streams.

Of the library only the protocol is used, over a wire of our own. Its ready-made connection reads in a thread that
nothing wakes once it waits within TLS (for the rest of a record, or after a session ticket), and that is joined
for ever. Here every wait is a wait of the wire, and ends with it.
"""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosedOK, InvalidHandshake, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.protocol import CONNECTING, OPEN
from websockets.uri import parse_uri

from sources.answers import trouble
from sources.bodies import MIB
from sources.errors import Malformed, SourceError, Unreachable
from sources.wire import Overlong, Wire

LARGEST_MESSAGE = MIB  #: bytes, after decompression
_DATA = (Opcode.TEXT, Opcode.CONT)


class WebSocket:
    """One conversation. `patience` is how many seconds a server may say nothing at all."""

    def __init__(self, wire: Wire, url: str, patience: float) -> None:
        address = parse_uri(url)
        self._wire = wire
        self._place = address.host
        self._patience = patience
        self._protocol = ClientProtocol(
            address, extensions=[ClientPerMessageDeflateFactory()], max_size=LARGEST_MESSAGE
        )
        self._frames: list[Frame] = []  #: come, and not yet looked at

    def open(self, trust: ssl.SSLContext | None, user_agent: str) -> None:
        """Have the server open the stream, encrypted where there is `trust`. Raises SourceError."""
        try:
            if trust:
                self._wire.secure(trust, self._place)
            self._agree(user_agent)
        except InvalidStatus as error:
            raise _refusal(error, self._place) from error
        except InvalidHandshake as error:
            if isinstance(error.__cause__, EOFError):
                raise Unreachable(f"{self._place} closed the connection without an answer") from error
            raise Malformed(f"{self._place} does not speak as a stream does") from error
        except (OSError, Overlong) as error:
            raise self._broken(error) from error

    def messages(self) -> Iterator[str]:
        """Yield messages until the server says goodbye or nothing, or the wire's bounds.

        Raises Unreachable where it breaks off, and Malformed.
        """
        begun = bytearray()
        while True:
            for frame in self._frames:
                begun += self._text(frame)
                if frame.fin and frame.opcode in _DATA:
                    yield self._decoded(begun)
                    begun.clear()
            if self._protocol.state is not OPEN:
                break
            try:
                self._exchange()
            except (TimeoutError, Overlong):
                return
            except OSError as error:
                raise self._broken(error) from error
        self._protocol.receive_eof()
        if not isinstance(self._protocol.close_exc, ConnectionClosedOK):
            raise self._broken(self._protocol.close_exc)

    def close(self) -> None:
        """Say goodbye, where there is time, and leave."""
        with suppress(OSError):
            if self._protocol.state is OPEN:
                self._protocol.send_close(1000)
            self._say()
        self._wire.close()

    def _agree(self, user_agent: str) -> None:
        request = self._protocol.connect()
        request.headers["User-Agent"] = user_agent
        self._protocol.send_request(request)
        while self._protocol.state is CONNECTING and self._protocol.handshake_exc is None:
            self._exchange()
        if self._protocol.handshake_exc:
            raise self._protocol.handshake_exc

    def _exchange(self) -> None:
        """Say what is due, and take what comes."""
        self._say()
        received = self._wire.receive(self._patience)
        if received:
            self._protocol.receive_data(received)
        else:
            self._protocol.receive_eof()
        self._frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]

    def _say(self) -> None:
        self._wire.send(b"".join(self._protocol.data_to_send()))

    def _text(self, frame: Frame) -> bytes:
        """Return what a frame adds to a message."""
        if frame.opcode is Opcode.BINARY:
            raise Malformed(f"the stream of {self._place} sent something that is no text")
        return bytes(frame.data) if frame.opcode in _DATA else b""

    def _decoded(self, message: bytearray) -> str:
        try:
            return message.decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"the stream of {self._place} sent something that is no text") from error

    def _broken(self, error: Exception) -> Unreachable:
        return Unreachable(f"the stream of {self._place} broke off: {type(error).__name__}")


def _refusal(error: InvalidStatus, place: str) -> SourceError:
    """Return what a server means that answers like a website instead of opening the stream."""
    headers = {name.lower(): content for name, content in error.response.headers.raw_items()}
    found = trouble(error.response.status_code, headers, place, datetime.now(UTC))
    return found or Malformed(f"{place} sent a web page where a stream was expected")
