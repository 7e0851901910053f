"""A real HTTP(S) server on loopback whose every answer a test decides.

    with WebServer() as web:
        web.routes["/feed"] = rss(("1", "Title", "Text"))
        web.routes["/old"] = redirect("/feed")
        web.routes["/slow"] = Answer(b"late", hang=30)
        client.get(web.url("/feed"))
        assert web.paths() == ["/feed"]

One server can stand on many loopback addresses at once, all with the same port.
"""

import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import trustme


@dataclass(frozen=True)
class Asked:
    """One request that arrived."""

    path: str  #: with the query
    headers: Mapping[str, str]  #: lower-case names
    at: float  #: monotonic seconds
    method: str = "GET"
    body: bytes = b""
    address: str = ""  #: the one of our addresses that was asked


@dataclass
class Answer:
    """What the server sends."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0.0  #: seconds before anything is sent
    drip: float = 0.0  #: seconds between single bytes of the body
    cut: bool = False  #: close the connection half-way through the body
    drop: bool = False  #: close the connection without an answer
    raw: bool = False  #: the body is the whole answer, head included; then the connection is closed
    endless: bytes = b""  #: sent after the body again and again, until the client leaves


Route = Answer | bytes | Callable[[Asked], Answer | bytes]


def redirect(location: str, status: int = 302) -> Answer:
    """Return an answer that leads elsewhere."""
    return Answer(status=status, headers={"Location": location})


class WebServer:
    """Serves routes by path, query included; anything else is 404 unless told `otherwise`, /robots.txt too."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        *,
        more_hosts: Iterable[str] = (),  #: further loopback addresses, on the same port
        certificate: "trustme.LeafCert | None" = None,  #: speak TLS with it
    ) -> None:
        self.routes: dict[str, Route] = {}
        self.otherwise: Route = Answer(b"nothing here", 404)  #: for what no route serves
        self.asked: list[Asked] = []
        self.connections = 0  #: accepted so far
        self.stopped = threading.Event()
        self.host = host
        self._context = _server_context(certificate) if certificate else None
        self._listeners = _listen([host, *more_hosts])
        self.port: int = self._listeners[0].getsockname()[1]
        self._open: set[socket.socket] = set()
        self._alarm, self._waker = socket.socketpair()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> "WebServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, path: str, host: str = "") -> str:
        """Return the address of a path, at another host (address or name) if given."""
        return f"{'https' if self._context else 'http'}://{host or self.host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """Return what was asked, without robots.txt."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def close(self) -> None:
        """Stop serving, hanging answers included."""
        self.stopped.set()
        self._waker.close()
        self._thread.join()
        for listener in [*self._listeners, self._alarm]:
            listener.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for listener in [*self._listeners, self._alarm]:
                selector.register(listener, selectors.EVENT_READ)
            while not self.stopped.is_set():
                for key, _ in selector.select():
                    self._welcome(key.fileobj)  # type: ignore[arg-type]  # we registered sockets only

    def _welcome(self, listener: socket.socket) -> None:
        with suppress(OSError):  # the alarm accepts nobody
            connection, _ = listener.accept()
            self.connections += 1
            connection.setblocking(True)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # a client that leaves is what some tests are about
            address = connection.getsockname()[0]
            wire = self._context.wrap_socket(connection, server_side=True) if self._context else connection
            with wire, wire.makefile("rb") as received, self._closing(wire):
                asked = _read(received, address)
                while asked and self._answer(wire, asked):
                    asked = _read(received, address)

    @contextmanager
    def _closing(self, wire: socket.socket) -> Iterator[None]:
        """Let `close` end a conversation."""
        with self._lock:
            self._open.add(wire)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(wire)

    def _answer(self, wire: socket.socket, asked: Asked) -> bool:
        """Send the answer; tell whether the connection stays open."""
        self.asked.append(asked)
        route = self.routes.get(asked.path, self.otherwise)
        found = route(asked) if callable(route) else route
        answer = Answer(found) if isinstance(found, bytes) else found
        self.stopped.wait(answer.hang)
        if answer.drop:
            return False
        if not answer.raw:
            wire.sendall(_head(answer))
        self._send_body(wire, answer, asked.method)
        closes = answer.headers.get("Connection") == "close"
        return not (answer.raw or answer.cut or answer.endless or closes)

    def _send_body(self, wire: socket.socket, answer: Answer, method: str) -> None:
        if method == "HEAD" or answer.status in (204, 304):
            return
        body = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
        pieces = [body[at : at + 1] for at in range(len(body))] if answer.drip else [body]
        for piece in pieces:
            wire.sendall(piece)
            if answer.drip and self.stopped.wait(answer.drip):
                return
        while answer.endless and not self.stopped.is_set():
            wire.sendall(answer.endless)


def _listen(hosts: list[str]) -> list[socket.socket]:
    """Open a listener on every host, all on one port that is free on each."""
    while True:
        listeners: list[socket.socket] = []
        try:
            for host in hosts:
                port = listeners[0].getsockname()[1] if listeners else 0
                listeners.append(socket.create_server((host, port), backlog=128))
        except OSError:
            for listener in listeners:
                listener.close()
            if not listeners:
                raise
        else:
            for listener in listeners:
                listener.setblocking(False)
            return listeners


def _server_context(certificate: "trustme.LeafCert") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _read(received: BinaryIO, address: str) -> Asked | None:
    """Read one request; None where the client has left."""
    first = received.readline().split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while line := received.readline().strip():
        name, _, value = line.partition(b":")
        headers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
    body = received.read(int(headers.get("content-length", "0")))
    return Asked(first[1].decode("latin-1"), headers, time.monotonic(), first[0].decode("latin-1"), body, address)


def _head(answer: Answer) -> bytes:
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Odd"
    length = {} if answer.endless else {"Content-Length": str(len(answer.body))}
    lines = [f"{name}: {value}" for name, value in (length | answer.headers).items()]
    return "\r\n".join([f"HTTP/1.1 {answer.status} {phrase}", *lines, "", ""]).encode("latin-1")


def rss(*items: tuple[str, str, str], link: str = "http://127.0.0.1/") -> bytes:
    """Return an RSS feed of (guid, title, description)."""
    entries = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title>"
        f"<description>{text}</description></item>"
        for guid, title, text in items
    )
    return f"<rss version='2.0'><channel><title>T</title><link>{link}</link>{entries}</channel></rss>".encode()
