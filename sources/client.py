"""The polite client: the one door to httpx, and the only way to the network.

It says who it is, obeys robots.txt, asks only when something changed, waits its turn at every host, and goes to
public addresses only: each is checked at the moment of connecting, on every redirect. An answer is bounded in
time, in bytes on the wire and in bytes after decompression.
"""

import random
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpcore
import httpx

from sources.addresses import Address, Allowed, is_public, parse
from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable
from sources.hosts import Hosts
from sources.robots import ALL_ALLOWED, KEPT, Robots, read_robots

MIB = 1024 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)
WEB_PORTS = (80, 443)
LONGEST_REST = timedelta(hours=24)

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Manners:
    """How the client behaves."""

    product: str = "nursery-watcher"
    notice_url: str = ""  #: page that explains the watching
    allow: tuple[str, ...] = ()  #: private addresses or networks that may be asked, on any port
    spacing: float = 1.0  #: seconds between two requests to one host
    connect_timeout: float = 5.0
    read_timeout: float = 10.0
    total_timeout: float = 30.0  #: for one answer, redirects included
    max_bytes: int = 5 * MIB  #: of a body, after decompression
    max_redirects: int = 5

    @property
    def user_agent(self) -> str:
        """Who we are, and where one can read why."""
        return f"{self.product} (+{self.notice_url})" if self.notice_url else self.product


@dataclass(frozen=True, slots=True)
class Validators:
    """What a site gave us to ask whether something changed; verbatim."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, read whole."""

    url: str  #: where it came from in the end
    status: int
    headers: Mapping[str, str] = field(repr=False)  #: lower-case names
    body: bytes = field(repr=False)
    not_modified: bool = False
    moved_to: str | None = None  #: the new address, where every redirect on the way was permanent


class Client:
    """Asks politely. Thread-safe."""

    def __init__(
        self,
        manners: Manners,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        resolve: Resolve | None = None,
        verify: ssl.SSLContext | None = None,
        jitter: random.Random | None = None,
    ) -> None:
        self._manners = manners
        self._allowed = Allowed(manners.allow)
        self._now = now
        self._hosts = Hosts(manners.spacing, jitter or random.Random())  # noqa: S311  # spreads load only
        self._robots: dict[str, tuple[datetime, Robots]] = {}
        self._transport = _transport(_CheckedNetwork(self._allowed, resolve or _resolve), verify)

    def close(self) -> None:
        """Close every connection."""
        self._transport.close()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        validators: Validators | None = None,
        accept: str = "*/*",
        robots: bool = True,
        allow_status: Iterable[int] = (),
    ) -> Response:
        """Return the answer, following redirects. `allow_status` lists failures to be returned, not raised.

        `headers` are the caller's own (keys, tokens) and are dropped where a redirect leaves the host.
        Raises SourceError.
        """
        wire = {"accept": accept, **_conditions(validators), **{k.lower(): v for k, v in (headers or {}).items()}}
        deadline = time.monotonic() + self._manners.total_timeout
        start, permanent = url, True
        for _ in range(self._manners.max_redirects + 1):
            response = self._ask(url, wire, robots, deadline)
            if response.status not in REDIRECTS or "location" not in response.headers:
                moved = url if permanent and url != start else None
                return self._accepted(response, moved, allow_status)
            permanent = permanent and response.status in PERMANENT
            target = _redirected(url, response.headers["location"])
            if urlsplit(target).netloc != urlsplit(url).netloc:
                wire = {"accept": accept}
            url = target
        raise Malformed(f"{_shown(start)} redirects more than {self._manners.max_redirects} times")

    def _ask(self, url: str, headers: Mapping[str, str], robots: bool, deadline: float) -> Response:
        """Ask one address once, when it is our turn."""
        self._check_address(url)
        rules = self._rules(url, deadline) if robots else ALL_ALLOWED
        if not rules.allows(url):
            raise Refused(f"{_shown(url)} may not be asked: the site's robots.txt says no")
        return self._exchange(url, headers, rules.delay, deadline, self._manners.max_bytes)

    def _exchange(self, url: str, headers: Mapping[str, str], delay: float, deadline: float, most: int) -> Response:
        host = urlsplit(url).hostname or ""
        address = parse(host)
        factor = 0.1 if address is not None and address in self._allowed else 1.0
        with self._hosts.turn(host, delay, factor):
            # The clock starts when our turn comes: waiting politely is not the site's slowness.
            deadline = max(deadline, time.monotonic() + self._manners.total_timeout / 2)
            return self._send(url, headers, deadline, most)

    def _send(self, url: str, headers: Mapping[str, str], deadline: float, most: int) -> Response:
        request = httpx.Request(
            "GET",
            url,
            headers={"user-agent": self._manners.user_agent, "accept-encoding": "gzip", **headers},
            extensions={
                "timeout": {
                    "connect": self._manners.connect_timeout,
                    "read": self._manners.read_timeout,
                    "write": self._manners.read_timeout,
                    "pool": self._manners.connect_timeout,
                }
            },
        )
        _deadline.at = deadline
        try:
            answer = self._transport.handle_request(request)
            try:
                body = _read(answer, url, most, deadline)
            finally:
                answer.close()
        except SourceError:
            raise
        except httpx.HTTPError as error:
            raise Unreachable(_network_trouble(url, error)) from error
        return Response(url, answer.status_code, dict(answer.headers), body)

    def _accepted(self, response: Response, moved_to: str | None, allowed: Iterable[int]) -> Response:
        """Return an answer worth having; raise what any other means."""
        status = response.status
        if status == 304 or 200 <= status < 300 or status in allowed:
            return Response(
                response.url, status, response.headers, response.body, not_modified=status == 304, moved_to=moved_to
            )
        self._complain(response)

    def _complain(self, response: Response) -> NoReturn:
        """Raise what a bad status means."""
        status, place = response.status, _shown(response.url)
        host = urlsplit(response.url).hostname or ""
        pause = _retry_after(response.headers.get("retry-after"), self._now())
        throttled = status == 403 and (pause is not None or self._hosts.rests(host))
        if status == 429 or throttled or (status == 503 and pause is not None):
            self._hosts.rest(host, pause or timedelta(minutes=15))
            raise RateLimited(f"{place} answered {status}: too many requests", pause)
        if status in (401, 403, 407, 451):
            raise Refused(f"{place} answered {status}: not allowed")
        if status in (404, 410):
            raise Refused(f"{place} answered {status}: there is nothing at this address any more")
        if status in (408, 425) or status >= 500:
            raise Unreachable(f"{place} answered {status}: the site is in trouble")
        raise Malformed(f"{place} answered {status}, which was not expected")

    def _rules(self, url: str, deadline: float) -> Robots:
        """Return the robots.txt of an address's site, from a day's memory where possible."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self._robots.get(origin)
        if known and self._now() - known[0] < KEPT:
            return known[1]
        rules = self._fetch_robots(f"{origin}/robots.txt", deadline)
        if len(self._robots) > 10_000:
            self._robots.clear()
        self._robots[origin] = (self._now(), rules)
        return rules

    def _fetch_robots(self, url: str, deadline: float) -> Robots:
        for _ in range(self._manners.max_redirects + 1):
            self._check_address(url)
            response = self._exchange(url, {}, 0.0, deadline, self._manners.max_bytes)
            if response.status in REDIRECTS and "location" in response.headers:
                url = _redirected(url, response.headers["location"])
            elif response.status == 429:
                self._complain(response)
            elif response.status >= 500:
                raise Unreachable(f"{_shown(url)} answered {response.status}, so nothing there may be asked now")
            elif response.status >= 300:
                return ALL_ALLOWED
            else:
                return read_robots(response.body)
        return ALL_ALLOWED

    def _check_address(self, url: str) -> None:
        """Refuse what is not plain http(s) on a web port; the address itself is checked when connecting."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise Refused("the address has an impossible port") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise Refused(f"{_shown(url)} is not a plain web address")
        if "\\" in url or parts.hostname != httpx.URL(url).host.strip("[]").lower():
            raise Refused(f"{_shown(url)} can be read in two ways")
        address = parse(parts.hostname)
        if address is not None and address in self._allowed:
            return
        if port not in WEB_PORTS and not self._resolves_to_allowed(parts.hostname, port):
            raise Refused(f"{_shown(url)} uses port {port}; only 80 and 443 are asked")

    def _resolves_to_allowed(self, host: str, port: int) -> bool:
        network: _CheckedNetwork = self._transport.network
        found = [parse(address) for address in network.resolve(host, port)]
        return bool(found) and all(address is not None and address in self._allowed for address in found)


class _CheckedTransport(httpx.HTTPTransport):
    network: "_CheckedNetwork"


class _Deadline(threading.local):
    at: float = 0.0  #: monotonic seconds at which this thread's exchange must be over


_deadline = _Deadline()


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to checked addresses only: resolves once, checks every address, connects to the checked one."""

    def __init__(self, allowed: Allowed, resolve: Resolve) -> None:
        self._allowed = allowed
        self.resolve = resolve
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """Open a connection to a host's checked address."""
        addresses = [_proper(address, host) for address in self.resolve(host, port)]
        if not addresses:
            raise httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            if address not in self._allowed and not is_public(address):
                raise Refused(f"{host} is at {address}, which is not a public address")
            if address not in self._allowed and port not in WEB_PORTS:
                raise Refused(f"{host}: port {port} is not a web port")
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in addresses[:3]:
            try:
                stream = self._network.connect_tcp(str(address), port, timeout, None, socket_options)
                return _BoundedStream(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")


class _BoundedStream(httpcore.NetworkStream):
    """A connection on which no read outlasts the exchange's deadline, however slowly bytes drip."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read some bytes."""
        return self._stream.read(max_bytes, self._bounded(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all bytes."""
        self._stream.write(buffer, self._bounded(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Secure the connection for the host that was asked for, not for its address."""
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, self._bounded(timeout)))

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore wants to know of the socket."""
        return self._stream.get_extra_info(info)

    @staticmethod
    def _bounded(timeout: float | None) -> float:
        left = _deadline.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long in all")
        return min(left, timeout if timeout is not None else left)


def _transport(network: _CheckedNetwork, verify: ssl.SSLContext | None) -> _CheckedTransport:
    context = verify or httpx.create_ssl_context(trust_env=False)
    transport = _CheckedTransport(verify=context, trust_env=False)
    # httpx has no argument for the network backend; its pool is replaced before anything is asked.
    transport._pool.close()
    transport._pool = httpcore.ConnectionPool(
        ssl_context=context,
        max_connections=200,
        max_keepalive_connections=100,
        keepalive_expiry=30.0,
        network_backend=network,
    )
    transport.network = network
    return transport


def _resolve(host: str, port: int) -> list[str]:
    if parse(host) is not None:
        return [host]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} cannot be found") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _proper(text: str, host: str) -> Address:
    address = parse(text)
    if address is None:
        raise Refused(f"{host} has the odd address {text!r}")
    return address


def _read(answer: httpx.Response, url: str, most: int, deadline: float) -> bytes:
    """Read a body, decompressing it ourselves and no further than `most` bytes."""
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise Malformed(f"{_shown(url)} used the encoding {encoding[:20]!r} although only gzip was offered")
    unpack = zlib.decompressobj(wbits=31) if encoding.endswith("gzip") else None
    body = bytearray()
    try:
        for piece in answer.stream:  # type: ignore[union-attr]
            body += unpack.decompress(piece, most - len(body) + 1) if unpack else piece
            if len(body) > most:
                raise Malformed(f"{_shown(url)} sent more than {most // MIB} MiB")
            if time.monotonic() > deadline:
                raise Unreachable(f"{_shown(url)} took too long to answer")
    except zlib.error as error:
        raise Malformed(f"{_shown(url)} sent broken compression") from error
    return bytes(body)


def _conditions(validators: Validators | None) -> dict[str, str]:
    if validators is None:
        return {}
    found = {"if-none-match": validators.etag, "if-modified-since": validators.last_modified}
    return {name: value for name, value in found.items() if value}


def _redirected(url: str, location: str) -> str:
    """Return where a redirect leads; never from https to http."""
    try:
        target = str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise Malformed(f"{_shown(url)} redirects to an address that cannot be read") from error
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
        raise Refused(f"{_shown(url)} redirects to an address without encryption")
    return target


def _retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After header: seconds or an HTTP date."""
    if not header:
        return None
    if header.strip().isdigit():
        return min(timedelta(seconds=int(header.strip()[:9])), LONGEST_REST)
    try:
        return min(max(parsedate_to_datetime(header) - now, timedelta(0)), LONGEST_REST)
    except (ValueError, TypeError, OverflowError):
        return None


def _shown(url: str) -> str:
    """Return an address for messages: without query, in which secrets may stand."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"[:200]
    except ValueError:
        return "the address"


def _network_trouble(url: str, error: httpx.HTTPError) -> str:
    place = _shown(url)
    if isinstance(error, httpx.TimeoutException):
        return f"{place} took too long to answer"
    if isinstance(error, httpx.ConnectError):
        return f"{place} cannot be reached: {str(error)[:120] or 'no connection'}"
    return f"{place} broke off: {str(error)[:120] or type(error).__name__}"
