"""A farm of feeds for the benchmarks: one on every loopback address, each answer after a delay.

/feed is an RSS feed of 20 entries, about 12 kB, with an ETag; /grow adds an entry to all of them, /asked/N is
answered when they were asked N times; everything else, robots.txt too, with 404, as by most hosts of feeds.
`python bench/farm.py` prints its port.
"""

import asyncio
import socket
from collections.abc import Callable
from email.utils import formatdate

DELAY = 0.05  #: seconds before each answer
ENTRIES = 20
WORDS = (
    "The county library reopens on Friday with longer hours, a new reading room and a shelf of seeds to borrow. "
    "Volunteers painted the hall over the summer; the café stays closed until the boiler has been replaced. "
)


class Farm:
    """All the feeds, and how far they have grown."""

    def __init__(self) -> None:
        self._grown = 0
        self._asked = 0
        self._waiting: list[tuple[int, Callable[[], None]]] = []  #: for how many questions, and who is told then

    def when_asked(self, times: int, tell: Callable[[], None]) -> None:
        """Tell somebody when the feeds were asked so often, which may be now."""
        self._waiting.append((times, tell))
        self._tell()

    def _tell(self) -> None:
        told = [tell for times, tell in self._waiting if times <= self._asked]
        self._waiting = [(times, tell) for times, tell in self._waiting if times > self._asked]
        for tell in told:
            tell()

    def answer(self, address: str, path: str, headers: bytes) -> bytes:
        """Return the whole answer of one host."""
        if path == "/grow":
            self._grown += 1
            return _http(b"200 OK")
        if path != "/feed":
            return _http(b"404 Not Found")
        self._asked += 1
        self._tell()
        etag = b'"%d"' % self._grown
        if b"if-none-match: " + etag in headers:
            return _http(b"304 Not Modified", etag=etag)
        return _http(b"200 OK", self._feed(address), etag)

    def _feed(self, address: str) -> bytes:
        newest = self._grown + ENTRIES - 1
        items = "".join(_item(address, number) for number in range(newest, newest - ENTRIES, -1))
        head = f"<title>{address}</title><link>http://{address}/</link><description>News</description>"
        return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def _item(address: str, number: int) -> str:
    return (
        f"<item><title>News item {number} of {address}</title><link>http://{address}/news/{number}</link>"
        f"<guid isPermaLink='false'>{address}-{number}</guid>"
        f"<pubDate>{formatdate(1_790_000_000 + number * 3600, usegmt=True)}</pubDate>"
        f"<description>&lt;p&gt;{number}. {WORDS} {WORDS}&lt;/p&gt;</description></item>"
    )


def _http(status: bytes, body: bytes = b"", etag: bytes = b"") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Type: application/rss+xml", b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*lines, *([b"ETag: " + etag] if etag else []), b"", b""]) + body


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note which of the hosts was called."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._address = transport.get_extra_info("sockname")[0]

    def data_received(self, data: bytes) -> None:
        """Answer every question that is complete."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            if path.startswith("/asked/"):
                self._farm.when_asked(int(path.rpartition("/")[2]), lambda: self._transport.write(_http(b"200 OK")))
                continue
            answer = self._farm.answer(self._address, path, head.lower())
            asyncio.get_running_loop().call_later(DELAY, self._transport.write, answer)


async def serve() -> None:
    """Serve until ended."""
    farm = Farm()
    loop = asyncio.get_running_loop()
    sock = socket.create_server(("", 0), backlog=1024)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")  # every address of 127.0.0.0/8, and no other
    server = await loop.create_server(lambda: Line(farm), sock=sock)
    print(sock.getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
