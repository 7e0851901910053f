"""A real HTTP server on loopback whose every answer a test decides."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request that arrived."""

    path: str
    headers: Mapping[str, str]
    at: float  #: monotonic seconds


@dataclass
class Answer:
    """What the server sends."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0  #: seconds between single bytes of the body
    hang: float = 0.0  #: seconds before anything is sent
    cut: bool = False  #: close the connection half-way through the body


Route = Answer | Callable[[Asked], Answer]


class WebServer:
    """Serves routes by path; anything else is 404, /robots.txt too."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[Asked] = []
        self.stopped = threading.Event()
        self._server = _Server((host, 0), _Handler)
        self._server.site = self
        self.host, self.port = host, self._server.server_port
        serve = {"poll_interval": 0.01}
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs=serve, daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://{self.host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """Return what was asked, without robots.txt."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def close(self) -> None:
        """Stop serving, hanging answers included."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: WebServer

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a client that leaves is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        site = self.server.site
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, time.monotonic())
        site.asked.append(asked)
        route = site.routes.get(self.path, Answer(b"nothing here", 404))
        answer = route(asked) if callable(route) else route
        site.stopped.wait(answer.hang)
        try:
            self._send(answer)
        except OSError:
            self.close_connection = True

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in ({"Content-Length": str(len(answer.body))} | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        if answer.cut:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
        elif answer.drip:
            self._drip(answer)
        elif answer.status != 304:
            self.wfile.write(answer.body)

    def _drip(self, answer: Answer) -> None:
        for byte in answer.body:
            if self.server.site.stopped.wait(answer.drip):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def rss(*items: tuple[str, str, str], link: str = "http://127.0.0.1/") -> bytes:
    """Return an RSS feed of (guid, title, description)."""
    entries = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title>"
        f"<description>{text}</description></item>"
        for guid, title, text in items
    )
    return f"<rss version='2.0'><channel><title>T</title><link>{link}</link>{entries}</channel></rss>".encode()
