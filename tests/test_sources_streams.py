"""Reading a stream: a poll must end within its bound, at whatever step the server breaks off or falls silent."""

import queue
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import trustme
from lab import AUTHORITY, Place, asking
from sites_stream import frame, stream_answer
from web_server import Asked
from websockets.datastructures import Headers
from websockets.sync.server import ServerConnection, serve

from sources.errors import Malformed, Refused, Unreachable
from sources.streams import Bounds, read_stream

HOST = "stream.example"
BOUNDS = Bounds(seconds=6.0, messages=5, size=1000, silence=1.0)
SHORT = Bounds(seconds=0.5, messages=5, size=1000)
ENOUGH = 20.0  #: seconds after which a poll counts as hanging
RECORD = b"\x17\x03\x03\x40\x00"  #: TLS announces 16 KiB of content
HELLO = b"\x16\x03\x03\x40\x00"  #: TLS announces 16 KiB of its handshake


class Caller:
    """Whoever has connected."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(ENOUGH)
        self.wire = connection
        self.below = connection.dup()  #: beneath TLS

    def secure(self, authority: trustme.CA = AUTHORITY) -> None:
        """Begin TLS, session tickets included."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(context)
        self.wire = context.wrap_socket(self.wire, server_side=True)

    def agreed(self) -> bytes:
        """Take the request, and return the answer that opens the stream."""
        request = b""
        while b"\r\n\r\n" not in request:
            request += self.wire.recv(65536)
        key = re.findall(rb"(?i)sec-websocket-key: *(\S+)", request)[0].decode()
        return stream_answer(Asked("/", {"sec-websocket-key": key}, 0.0), [], goodbye=False).body

    def leave(self) -> None:
        """End the connection, whoever else may have a hand on it."""
        with suppress(OSError):
            self.below.shutdown(socket.SHUT_RDWR)
        self.below.close()
        self.wire.close()


Step = Callable[[Caller], None]


class StepServer:
    """Goes one step with whoever connects, and then holds the connection without a word, or lets it go."""

    def __init__(self, step: Step, *, holds: bool) -> None:
        self._step = step
        self._holds = holds
        self._left = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(ENOUGH)
        self.place = Place(*self._listener.getsockname())
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let go, and stop."""
        self._left.set()
        self._thread.join(ENOUGH)
        self._listener.close()
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        caller = Caller(connection)
        with suppress(OSError):  # a client that leaves is what this is about
            self._step(caller)
        if self._holds:
            self._left.wait(ENOUGH)
        caller.leave()


@contextmanager
def standing(step: Step, *, holds: bool) -> Iterator[Place]:
    server = StepServer(step, holds=holds)
    try:
        yield server.place
    finally:
        server.close()


def read(place: Place, scheme: str = "wss", bounds: Bounds = BOUNDS) -> list[str]:
    """Return what a poll brings, or raise what it raises; fail where it hangs."""
    ended: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def poll() -> None:
        with asking(place) as client:
            try:
                ended.put(read_stream(client, f"{scheme}://{HOST}/subscribe", bounds, lambda _: False))
            except Exception as error:  # whatever it is, it is raised below
                ended.put(error)

    threading.Thread(target=poll, daemon=True).start()
    try:
        outcome = ended.get(timeout=ENOUGH)
    except queue.Empty:
        pytest.fail("the poll hangs")
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def says(content: bytes) -> Step:
    return lambda caller: caller.wire.sendall(content)


def greets(caller: Caller) -> None:
    """Take the client's first words, and begin to answer."""
    caller.wire.recv(65536)
    caller.wire.sendall(HELLO + bytes(9))


def secures(caller: Caller) -> None:
    caller.secure()
    caller.agreed()


def pretends(caller: Caller) -> None:
    caller.secure(trustme.CA())


def half_a_record(caller: Caller) -> None:
    secures(caller)
    caller.below.sendall(RECORD + bytes(9))


def half_an_answer(caller: Caller) -> None:
    caller.secure()
    caller.wire.sendall(caller.agreed()[:50])


def opens(*frames: bytes, beneath: bytes = b"") -> Step:
    def step(caller: Caller) -> None:
        caller.secure()
        caller.wire.sendall(caller.agreed() + b"".join(frames))
        caller.below.sendall(beneath)

    return step


def asks_and_never_listens(caller: Caller) -> None:
    """Send pings whose answers nobody takes, until neither side can send any more."""
    caller.wire.sendall(caller.agreed())
    while True:
        caller.wire.sendall(frame(9, bytes(125)) * 1000)


OPENING = [
    pytest.param(says(b""), id="accepts"),
    pytest.param(says(b"\x00"), id="speaks no TLS"),
    pytest.param(greets, id="half a handshake of TLS"),
    pytest.param(secures, id="TLS and nothing else"),
    pytest.param(half_a_record, id="half a record in place of an answer"),
    pytest.param(half_an_answer, id="half an answer"),
]
OPENED = [
    pytest.param(opens(), [], id="open"),
    pytest.param(opens(frame(1, b"one")), ["one"], id="a message"),
    pytest.param(opens(frame(1, b"one"), frame(1, b"two")[:3]), ["one"], id="half a message"),
    pytest.param(opens(frame(1, b"one"), beneath=RECORD + bytes(9)), ["one"], id="half a record"),
]


@pytest.mark.parametrize("holds", [True, False], ids=["silent", "gone"])
@pytest.mark.parametrize("step", OPENING)
def test_a_server_that_stops_while_opening_must_be_unreachable(step: Step, holds: bool) -> None:
    with standing(step, holds=holds) as place, pytest.raises(Unreachable):
        read(place, bounds=SHORT)


def test_a_certificate_nobody_vouches_for_must_be_refused() -> None:
    with (
        standing(pretends, holds=False) as place,
        pytest.raises(Refused, match="certificate that cannot be trusted"),
    ):
        read(place)


@pytest.mark.parametrize(("step", "messages"), OPENED)
def test_a_server_that_falls_silent_must_end_the_poll_with_what_came(step: Step, messages: list[str]) -> None:
    with standing(step, holds=True) as place:
        assert read(place) == messages


@pytest.mark.parametrize(("step", "messages"), OPENED[1:])
def test_a_server_that_leaves_must_end_the_poll_with_what_came(step: Step, messages: list[str]) -> None:
    with standing(step, holds=False) as place:
        assert read(place) == messages


def test_a_server_that_never_listens_must_not_hold_the_poll() -> None:
    with standing(asks_and_never_listens, holds=True) as place:
        assert read(place, "ws", Bounds(seconds=2.0, messages=5, size=1_000_000_000)) == []


@pytest.mark.parametrize(
    ("frames", "messages"),
    [
        pytest.param([b"\x01\x03one", frame(9, b"there?"), frame(0, b"two")], ["onetwo"], id="in pieces"),
        pytest.param([frame(1, b"x")] * 9, ["x"] * 5, id="too many"),
        pytest.param([frame(1, b"one"), frame(8, b"\x03\xe8"), frame(1, b"two")], ["one"], id="goodbye"),
        pytest.param([frame(1, b"one"), frame(8, b"\x03\xf3")], ["one"], id="trouble"),
    ],
)
def test_messages_must_come_whole_and_within_bounds(frames: list[bytes], messages: list[str]) -> None:
    with standing(opens(*frames), holds=True) as place:
        assert read(place) == messages


def test_what_is_no_text_must_be_malformed() -> None:
    with standing(opens(frame(1, b"\xff")), holds=True) as place, pytest.raises(Malformed, match="no text"):
        read(place)


def test_messages_of_a_real_server_must_be_bounded_as_they_are_unpacked() -> None:
    said = ["Grüße", "Hollybush " * 90, "Hollybush " * 90, "beyond the bound"]

    def talk(connection: ServerConnection) -> None:
        assert connection.request
        heard.update(connection.request.headers)
        for message in said:
            connection.send(message)

    heard = Headers()
    with serve(talk, "127.0.0.1", 0) as real:
        thread = threading.Thread(target=real.serve_forever, daemon=True)
        thread.start()
        assert read(Place(*real.socket.getsockname()), "ws") == said[:3]
        real.shutdown()
        thread.join(ENOUGH)
    assert heard["Sec-WebSocket-Extensions"].startswith("permessage-deflate")
    assert "watcher" in heard["User-Agent"]
