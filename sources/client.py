"""The polite client: the one door to httpx, and the only way to the network.

It says who it is, obeys robots.txt, asks only when something changed, waits its turn at every host, and goes to
public addresses only: each is checked at the moment of connecting, on every redirect. An answer is bounded in
time, in bytes on the wire and in bytes after decompression.

What a call goes through: `_follow` (redirects), `_ask` (robots.txt), `_exchange` (the host's turn, the time that
is left), `_send` (the wire).
"""

import random
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from sources.addresses import Address, Allowed, is_proper_host, parse
from sources.answers import Response, Validators, spent, trouble
from sources.bodies import drain, read_body
from sources.connections import FAILURES, Connections, Gate, Resolve, dial, failure, is_unconnected, look_up
from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable
from sources.headers import as_utf8, conditions, decoded, encoded, own_headers
from sources.hosts import Hosts
from sources.manners import Manners
from sources.receipts import keep_receipt
from sources.robots import ALL_ALLOWED, LARGEST, Robots, Rulebook, read_robots

REDIRECTS = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)
LONGEST_ADDRESS = 8192  #: characters

_ODD_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class _Place:
    """An address that has been looked at."""

    url: httpx.URL
    host: str  #: as it is resolved: lower case, international names in their ASCII form
    address: Address | None  #: where the host is one

    @property
    def port(self) -> int:
        """The port that is asked, given or not."""
        usual = 443 if self.url.scheme == "https" else 80
        return usual if self.url.port is None else self.url.port

    @property
    def name(self) -> str:
        """The host as its turns are kept: with or without a dot at its end it is the same."""
        return self.host.rstrip(".")

    def __str__(self) -> str:
        """Return the address for messages: without query and user, in which secrets may stand."""
        port = f":{self.url.port}" if self.url.port else ""
        return f"{self.host}{port}{self.url.path}"[:200]


@dataclass(slots=True)
class _Errand:
    """One call on its way: what is asked, and how much time is left for it."""

    method: str
    headers: dict[str, str]  #: the caller's own and validators; they stay with the host
    accept: str
    left: float  #: seconds on the wire
    body: bytes | None = None
    kept: frozenset[int] = frozenset()  #: failures that are returned, not raised
    most: int | None = None  #: bytes of a body; None: as the manners say
    began: float = field(default_factory=time.monotonic)

    @property
    def who(self) -> str:
        """The credential with which the host is asked, "" for none."""
        return self.headers.get("authorization", "")


class Client:
    """Asks politely. Thread-safe.

    Clients with different manners (many schools in one process) that are made `beside` one another take turns at
    every host, rest where it told one of them to that has the same credential, and read its robots.txt once.
    """

    def __init__(
        self,
        manners: Manners,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        resolve: Resolve = look_up,
        network: httpcore.NetworkBackend | None = None,
        verify: ssl.SSLContext | None = None,
        jitter: random.Random | None = None,
        beside: "Client | None" = None,
    ) -> None:
        self._manners = manners
        self._allowed = Allowed(manners.allow)
        self._now = now
        self._hosts: Hosts = beside._hosts if beside else Hosts(jitter or random.SystemRandom(), manners.patience)
        self._rulebook: Rulebook = beside._rulebook if beside else Rulebook(now)
        self._gate = Gate(self._allowed, manners.ports, resolve)
        self._network = network
        self._verify = verify
        self._connections = Connections(self._gate, self.trust, network)

    @property
    def user_agent(self) -> str:
        """Who we are, and where one can read why."""
        return self._manners.user_agent

    def close(self) -> None:
        """Close every idle connection."""
        self._connections.close()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        validators: Validators | None = None,
        accept: str = "*/*",
        robots: bool = True,
        allow_status: Iterable[int] = (),
        most: int | None = None,
    ) -> Response:
        """Return the answer, following redirects. `allow_status` lists failures to be returned, not raised.

        `headers` are the caller's own (keys, tokens); like the validators they are dropped where a redirect leaves
        the host. `most` bounds the body in bytes. Raises SourceError: RateLimited with the pause a host asks for,
        and at once while it lasts.
        """
        asked = conditions(validators.etag, validators.last_modified) if validators else {}
        own = asked | own_headers(headers)
        errand = _Errand("GET", own, accept, self._manners.total_timeout, kept=frozenset(allow_status), most=most)
        return self._follow(url, errand, robots)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        body: bytes | None = None,
        accept: str = "application/json",
        robots: bool = False,
        allow_status: Iterable[int] = (),
    ) -> Response:
        """Ask an API: GET, HEAD or POST, the last with `json` or a `body`, and its redirects are not followed.

        Otherwise like `get`.
        """
        if method not in ("GET", "HEAD", "POST"):
            raise ValueError(f"expected GET, HEAD or POST; got {method!r}")
        if method != "POST" and (body, json) != (None, None):
            raise ValueError(f"expected a body only with POST; got one with {method}")
        own = own_headers(headers)
        if json is not None:
            body = httpx.Request(method, url, json=json).content
            own = {"content-type": "application/json"} | own
        errand = _Errand(method, own, accept, self._manners.total_timeout, body, frozenset(allow_status))
        return self._follow(url, errand, robots)

    def trust(self) -> ssl.SSLContext:
        """Return whom to trust for what is encrypted."""
        return self._verify or _trusting()

    def dial(self, url: str, seconds: float, ports: tuple[int, ...] = ()) -> socket.socket:
        """Open a bare connection to the host of an http(s) address, for what is not HTTP.

        `ports` are those that may be asked at public addresses, in place of the web's.
        """
        gate = replace(self._gate, ports=ports) if ports else self._gate
        place = self._checked(url, gate)
        with self._hosts.turn(place.name, self._spacing(place), time.monotonic()):
            try:
                return dial(gate, self._network, place.host, place.port, seconds)
            except FAILURES as error:
                raise failure(error, str(place)) from error

    def is_allowed(self, wire: socket.socket) -> bool:
        """Tell whether a connection leads to a private address that the configuration opens."""
        address = parse(wire.getpeername()[0])
        return address is not None and address in self._allowed

    def _follow(self, url: str, errand: _Errand, robots: bool) -> Response:
        place = start = self._checked(url)
        permanent = True
        for _ in range(self._manners.max_redirects + 1):
            answer = self._ask(place, errand, robots)
            target = self._redirected(place, answer) if errand.method != "POST" else None
            if target is None:
                return self._accepted(place, answer, errand, permanent and place is not start)
            permanent = permanent and answer.status in PERMANENT
            if target.url.netloc != place.url.netloc:
                errand.headers = {}
            place = target
        raise Malformed(f"{start} redirects more than {self._manners.max_redirects} times")

    def _ask(self, place: _Place, errand: _Errand, robots: bool) -> Response:
        """Ask one address once."""
        rules = self._rules(place, errand) if robots else ALL_ALLOWED
        if not rules.allows(str(place.url)):
            raise Refused(f"{place} may not be asked: the site's robots.txt says no")
        return self._exchange(place, errand, delay=rules.delay)

    def _exchange(
        self, place: _Place, errand: _Errand, *, delay: float = 0.0, cut_at: int | None = None
    ) -> Response:
        """Ask when it is our turn, for as long as there is time left."""
        with self._hosts.turn(place.name, max(self._spacing(place), delay), errand.began, errand.who):
            start = time.monotonic()
            try:
                return self._send(place, errand, start + errand.left, cut_at)
            except FAILURES as error:
                if is_unconnected(error):
                    self._hosts.down(place.name)
                raise failure(error, str(place)) from error
            finally:
                errand.left -= time.monotonic() - start

    def _spacing(self, place: _Place) -> float:
        if place.address is None or place.address not in self._allowed:
            return self._manners.spacing
        chosen = self._manners.allowed_spacing
        return self._manners.spacing / 10 if chosen is None else chosen

    def _send(self, place: _Place, errand: _Errand, deadline: float, cut_at: int | None) -> Response:
        answer, pieces = self._connections.send(self._question(place, errand), deadline)
        with closing(pieces):
            headers = decoded(answer.headers)
            wanted = 200 <= answer.status < 300 or answer.status in errand.kept
            body = self._body(pieces, headers, place, errand.most, cut_at) if wanted else drain(pieces)
        return Response(str(place.url), answer.status, headers, body)

    def _question(self, place: _Place, errand: _Errand) -> httpcore.Request:
        manners, url = self._manners, place.url
        usual = {"user-agent": manners.user_agent, "accept": errand.accept, "accept-encoding": "gzip"}
        timeouts = {
            "connect": manners.connect_timeout,
            "read": manners.read_timeout,
            "write": manners.read_timeout,
        }
        length = {"content-length": str(len(errand.body or b""))} if errand.method == "POST" else {}
        headers = {"host": url.netloc.decode("ascii")} | errand.headers | usual | length
        return httpcore.Request(
            errand.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=encoded(headers),
            content=errand.body,
            extensions={"timeout": timeouts},
        )

    def _body(
        self,
        pieces: Iterable[bytes],
        headers: Mapping[str, str],
        place: _Place,
        most: int | None,
        cut_at: int | None,
    ) -> bytes:
        most = cut_at or most or self._manners.max_bytes
        try:
            return read_body(pieces, headers.get("content-encoding", ""), most, cut=cut_at is not None)
        except Malformed as error:
            raise Malformed(f"{place} {error}") from error

    def _accepted(self, place: _Place, answer: Response, errand: _Errand, moved: bool) -> Response:
        """Return an answer worth having; raise what any other means."""
        error = self._judged(place, answer, errand.who)
        if error and answer.status not in errand.kept:
            raise error
        same = answer.status == 304
        if same and not {"if-none-match", "if-modified-since"} & errand.headers.keys():
            raise Malformed(f"{place} answered 304, not modified, although nothing was asked")
        if 200 <= answer.status < 300:
            keep_receipt(answer.url, place.host, answer.status, answer.headers, answer.body, self._now())
        moved_to = answer.url if moved else None
        return Response(answer.url, answer.status, answer.headers, answer.body, same, moved_to)

    def _judged(self, place: _Place, answer: Response, who: str) -> SourceError | None:
        """Return what a failure means, and leave the host alone where it asks for that."""
        throttled = self._hosts.was_throttled(place.name, who)
        error = trouble(answer.status, answer.headers, str(place), self._now(), was_throttled=throttled)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            self._hosts.rest(place.name, error.retry_after, who)
        pause = spent(answer.headers, self._now()) if error is None else None
        if pause:
            self._hosts.rest(place.name, pause, who)
        return error

    def _rules(self, place: _Place, errand: _Errand) -> Robots:
        origin = f"{place.url.scheme}://{place.url.netloc.decode('ascii')}"
        return self._rulebook.robots(origin, lambda: self._fetch_robots(f"{origin}/robots.txt", errand))

    def _fetch_robots(self, url: str, errand: _Errand) -> Robots:
        """Ask a site for its rules: 4xx means that it has none, trouble that nothing there may be asked now."""
        asking = _Errand("GET", {}, "text/plain, */*;q=0.5", errand.left, began=errand.began)
        try:
            answer = self._follow_robots(self._checked(url), asking)
        except (Unreachable, Malformed) as error:
            raise Unreachable(f"robots.txt cannot be read, so nothing there may be asked now: {error}") from error
        finally:
            errand.left = asking.left
        return read_robots(answer.body) if 200 <= answer.status < 300 else ALL_ALLOWED

    def _follow_robots(self, place: _Place, asking: _Errand) -> Response:
        for _ in range(self._manners.max_redirects + 1):
            answer = self._exchange(place, asking, cut_at=LARGEST + 1)  # one more shows that it was cut
            target = self._redirected(place, answer)
            if target is None:
                break
            place = target
        error = self._judged(place, answer, asking.who)
        if isinstance(error, RateLimited | Unreachable):
            raise error
        return answer

    def _redirected(self, place: _Place, answer: Response) -> _Place | None:
        """Return where an answer leads, checked; never from https to http. None where it leads nowhere."""
        location = answer.headers.get("location")
        if answer.status not in REDIRECTS or location is None:
            return None
        try:
            target = place.url.join(as_utf8(location).strip()).copy_with(fragment=None)
        except (httpx.InvalidURL, ValueError) as error:
            raise Malformed(f"{place} redirects to an address that cannot be read") from error
        if place.url.scheme == "https" and target.scheme == "http":
            raise Refused(f"{place} redirects to an address without encryption")
        return self._checked(str(target))

    def _checked(self, url: str, gate: Gate | None = None) -> _Place:
        """Read an address. Refuse what is not plain http(s); a name's own address is checked when connecting."""
        place = _place(url)
        if place.address:
            (gate or self._gate).check(place.address, place.host, place.port)
        return place


@lru_cache(maxsize=4096)
def _place(url: str) -> _Place:
    """Read an address, most of which are asked again and again. Raises Refused where it is not plain http(s)."""
    if len(url) > LONGEST_ADDRESS or _ODD_IN_ADDRESS.search(url):
        raise Refused("the address is too long, or has characters that no address may have")
    try:
        found = httpx.URL(url)
        host = found.raw_host.decode("ascii") if found.host else ""  # either can fail for an odd name
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused("the address cannot be read") from error
    place = _Place(found, host, parse(host))
    if found.scheme not in ("http", "https") or found.userinfo or not host:
        raise Refused(f"{place} is not a plain web address")
    if not is_proper_host(host) or not 0 < place.port < 65536:
        raise Refused(f"{place} has an oddly spelled host or port")
    return place


def _trusting() -> ssl.SSLContext:
    """Trust httpx's authorities and those of this computer, since a school's web filter may need its own."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context
