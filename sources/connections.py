"""Connections to checked addresses, kept open between requests. The one door to httpcore, the engine of httpx.

A host is resolved once per connection, every address found is checked, and the connection goes to a checked
address itself, so that no second look-up can lead elsewhere. Every wait ends at the deadline of the exchange.
"""

import queue
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpcore

from sources.addresses import Address, Allowed, is_public, parse
from sources.errors import Malformed, Refused, SourceError, Unreachable

MOST_IDLE = 128  #: connections kept open
KEPT_IDLE = 30.0  #: seconds
LARGEST_HEAD = 256 * 1024  #: bytes before a body begins, interim answers included
LONGEST_LOOKUP = 10.0  #: seconds for the system's resolver
TRIED_OF_A_FAMILY = 2  #: addresses tried, of IPv4 and of IPv6 each

#: What goes wrong on the way; `failure` tells what it means.
FAILURES = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)

Resolve = Callable[[str, int], list[str]]
Place = tuple[bytes, bytes, int]  #: scheme, host, port


def look_up(host: str, port: int) -> list[str]:
    """Ask the system for a host's addresses, in its order of preference. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_unconnected(error: Exception) -> bool:
    """Tell whether a failure means that no connection came about."""
    return isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout)


def failure(error: Exception, place: str) -> SourceError:
    """Return what one of FAILURES means. `place` names the address without secrets."""
    said = str(error)[:120]
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return Refused(f"{place} has a certificate that cannot be trusted: {error.__cause__.verify_message}")
    if is_unconnected(error):
        return Unreachable(f"{place} cannot be reached: {said or 'no connection'}")
    if isinstance(error, httpcore.TimeoutException):
        return Unreachable(f"{place} took too long to answer")
    if isinstance(error, httpcore.NetworkError) or "closed" in said or "disconnected" in said:
        return Unreachable(f"{place} broke off: {said or type(error).__name__}")
    return Malformed(f"{place} answered with something that is not HTTP: {said}")


@dataclass(frozen=True, slots=True)
class Gate:
    """Decides where connections may go."""

    allowed: Allowed  #: private addresses that may be asked, on any port
    ports: tuple[int, ...]  #: those of public addresses
    resolve: Resolve

    def addresses(self, host: str, port: int, seconds: float) -> list[Address]:
        """Return the addresses to try for a host. Raises Refused unless every one of its addresses may be asked."""
        literal = parse(host)
        found = [literal] if literal else [_read(text, host) for text in self._resolved(host, port, seconds)]
        for address in found:
            self.check(address, host, port)
        if not found:
            raise httpcore.ConnectError("the name has no address")
        tried = _first(found, 4) + _first(found, 6)
        return [address for address in found if address in tried]

    def check(self, address: Address, host: str, port: int) -> None:
        """Raise Refused where an address may not be asked."""
        if address in self.allowed:
            return
        if not is_public(address):
            raise Refused(f"{host} is at {address}, which is not a public address")
        if port not in self.ports:
            raise Refused(f"{host}: port {port} is not asked, only {' and '.join(map(str, self.ports))}")

    def _resolved(self, host: str, port: int, seconds: float) -> list[str]:
        answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()
        threading.Thread(target=_answer, args=(answers, self.resolve, host, port), daemon=True).start()
        try:
            answer = answers.get(timeout=min(seconds, LONGEST_LOOKUP))
        except queue.Empty as error:
            raise httpcore.ConnectTimeout("its name could not be looked up in time") from error
        if isinstance(answer, Exception):
            raise httpcore.ConnectError("its name cannot be found") from answer
        return answer


def dial(
    gate: Gate, network: httpcore.NetworkBackend | None, host: str, port: int, seconds: float
) -> socket.socket:
    """Open a bare connection to a host at the first address that may be asked. Raises FAILURES, Refused."""
    (address, *_) = gate.addresses(host, port, seconds)
    stream = (network or httpcore.SyncBackend()).connect_tcp(str(address), port, timeout=seconds)
    wire: socket.socket = stream.get_extra_info("socket")
    return wire


class Connections:
    """Carries requests; one exchange at a time on each connection. Thread-safe."""

    def __init__(
        self, gate: Gate, make_context: Callable[[], ssl.SSLContext], network: httpcore.NetworkBackend | None = None
    ) -> None:
        self._gate = gate
        self._make_context = make_context
        self._context: ssl.SSLContext | None = None
        self._network = network or httpcore.SyncBackend()
        self._idle: OrderedDict[Place, _Line] = OrderedDict()  #: longest idle first
        self._lock = threading.Lock()

    def send(self, request: httpcore.Request, deadline: float) -> tuple[httpcore.Response, "Body"]:
        """Return the head of an answer and its body, which must be closed when read; both end by `deadline`.

        Raises what httpcore raises, and Refused.
        """
        place = (request.url.scheme, request.url.host, request.url.origin.port)
        kept = self._take(place)
        if kept:
            try:
                return self._through(kept, request, deadline)
            except (httpcore.NetworkError, httpcore.RemoteProtocolError):
                if request.method == b"POST":  # it may have been acted upon
                    raise
        return self._through(self._new(place), request, deadline)

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            lines, self._idle = list(self._idle.values()), OrderedDict()
        for line in lines:
            line.close()

    def _through(
        self, line: "_Line", request: httpcore.Request, deadline: float
    ) -> tuple[httpcore.Response, "Body"]:
        line.begin(deadline)
        try:
            response = line.http.handle_request(request)
            line.end_head()
        except BaseException:
            line.close()
            raise
        return response, Body(response, lambda: self._give_back(line))

    def _new(self, place: Place) -> "_Line":
        context = self._secure() if place[0] == b"https" else None
        return _Line(place, self._gate, self._network, context)

    def _secure(self) -> ssl.SSLContext:
        with self._lock:
            self._context = self._context or self._make_context()
            return self._context

    def _take(self, place: Place) -> "_Line | None":
        with self._lock:
            line = self._idle.pop(place, None)
        if line and line.http.has_expired():
            line.close()
            return None
        return line

    def _give_back(self, line: "_Line") -> None:
        now = time.monotonic()
        if not line.http.is_idle():
            line.close()
            return
        line.idle_since = now
        with self._lock:
            surplus = [self._idle.pop(line.place)] if line.place in self._idle else []
            self._idle[line.place] = line
            while len(self._idle) > MOST_IDLE or next(iter(self._idle.values())).idle_since < now - KEPT_IDLE:
                surplus.append(self._idle.popitem(last=False)[1])
        for one in surplus:
            one.close()


class Body:
    """A body as it comes from the wire. Closing it hands the connection back."""

    def __init__(self, response: httpcore.Response, done: Callable[[], None]) -> None:
        self._response = response
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()
        self._done()


class _Line(httpcore.NetworkBackend):
    """One connection."""

    def __init__(
        self, place: Place, gate: Gate, network: httpcore.NetworkBackend, context: ssl.SSLContext | None
    ) -> None:
        self.place = place
        self.idle_since = 0.0  #: monotonic seconds
        self._gate = gate
        self._network = network
        self.http = httpcore.HTTPConnection(
            httpcore.Origin(*place), ssl_context=context, keepalive_expiry=KEPT_IDLE, network_backend=self
        )
        self.begin(0.0)

    def begin(self, deadline: float) -> None:
        """Start an exchange that must be over at `deadline`, in monotonic seconds."""
        self._deadline = deadline
        self.head_left: int | None = LARGEST_HEAD  #: bytes; None: the head has been read

    def close(self) -> None:
        self.http.close()

    def left(self, timeout: float | None) -> float:
        """Return how many seconds a wait may last."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the exchange took too long in all")
        return min(left, timeout) if timeout else left

    def count(self, received: int) -> None:
        """Note how much of a head has come; httpcore itself would read interim answers without end."""
        if self.head_left is not None:
            self.head_left -= received
            if self.head_left < 0:
                raise httpcore.RemoteProtocolError("its headers are too long")

    def end_head(self) -> None:
        """Note that a head is complete. It must have come after its question, not as surplus of the last answer."""
        if self.head_left == LARGEST_HEAD:
            raise httpcore.RemoteProtocolError("an answer came before its question")
        self.head_left = None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of a host's checked addresses that answers."""
        failure: Exception | None = None
        for address in self._gate.addresses(host, port, self.left(None)):
            try:
                stream = self._network.connect_tcp(
                    str(address), port, self.left(timeout), local_address, socket_options
                )
                return _Stream(stream, self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("no connection")


class _Stream(httpcore.NetworkStream):
    """The bytes of a connection; no wait outlasts its deadline, however slowly they drip."""

    def __init__(self, stream: httpcore.NetworkStream, line: _Line) -> None:
        self._stream = stream
        self._line = line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        received = self._stream.read(max_bytes, self._line.left(timeout))
        self._line.count(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._line.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Secure the connection for the host that was asked for, not for its address."""
        secure = self._stream.start_tls(ssl_context, server_hostname, self._line.left(timeout))
        return _Stream(secure, self._line)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _answer(answers: "queue.SimpleQueue[list[str] | Exception]", resolve: Resolve, host: str, port: int) -> None:
    try:
        answers.put(resolve(host, port))
    except (OSError, UnicodeError) as error:
        answers.put(error)


def _read(text: str, host: str) -> Address:
    address = parse(text)
    if address is None:
        raise Refused(f"{host} has the odd address {text!r}")
    return address


def _first(found: list[Address], version: int) -> list[Address]:
    return [address for address in found if address.version == version][:TRIED_OF_A_FAMILY]
