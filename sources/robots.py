"""robots.txt by RFC 9309. The one door to protego."""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from protego import Protego

from sources.errors import Unreachable

PRODUCT = "nursery-watcher"  #: the name by which a robots.txt speaks to us
LARGEST = 500 * 1024  #: bytes of a robots.txt that are read
KEPT = timedelta(hours=24)
KEPT_UNREACHABLE = timedelta(days=30)  #: rules stay in force so long while the site cannot say whether they changed
LONGEST_DELAY = 60.0  #: seconds between requests that a site may ask for
MOST_SITES = 4096  #: remembered at a time

_AGENT = re.compile(r"user[-\s]*agent\b[\s:]*(.*)", re.IGNORECASE)
_OF_NO_GROUP = re.compile(r"(sitemaps?|site-map|host)\b", re.IGNORECASE)  #: lines that may stand anywhere
_TOKEN = re.compile(r"[a-z_-]*")


@dataclass(frozen=True, slots=True)
class Robots:
    """What one site allows us."""

    rules: Protego | None  #: None: everything is allowed

    def allows(self, url: str) -> bool:
        """Tell whether the address may be asked."""
        return self.rules is None or bool(self.rules.can_fetch(url, PRODUCT))

    @property
    def delay(self) -> float:
        """The pause between requests the site asks for, in seconds."""
        asked = self.rules.crawl_delay(PRODUCT) if self.rules else None
        return min(float(asked or 0.0), LONGEST_DELAY)


ALL_ALLOWED = Robots(None)


def read_robots(body: bytes) -> Robots:
    """Read a robots.txt; what cannot be understood in it forbids nothing.

    Only the rules meant for us reach protego, whose work is otherwise the number of agents times that of rules:
    half a megabyte can name enough of both to exhaust a computer.
    """
    lines = _cut(body).decode("utf-8-sig", "replace").splitlines()
    rules = _rules_for_us(lines)
    return Robots(Protego.parse("\n".join(["User-agent: *", *rules]))) if rules else ALL_ALLOWED


def _cut(body: bytes) -> bytes:
    """Return what is read of a body: whole lines, since half a rule says something else."""
    return body if len(body) <= LARGEST else body[:LARGEST].rpartition(b"\n")[0]


def _rules_for_us(lines: list[str]) -> list[str]:
    """Return the rules of all groups that name us; where none does, of those for everybody."""
    ours: list[str] | None = None
    everybodys: list[str] = []
    for tokens, rules in _groups(lines):
        if PRODUCT in tokens:
            ours = (ours or []) + rules
        elif "*" in tokens:
            everybodys += rules
    return everybodys if ours is None else ours


def _groups(lines: list[str]) -> Iterator[tuple[set[str], list[str]]]:
    """Yield each group: the agents it names, in lower case, and its other lines."""
    tokens: set[str] = set()
    rules: list[str] = []
    for line in lines:
        rule = line.partition("#")[0].strip()
        agent = _AGENT.match(rule)
        if agent and rules:
            yield tokens, rules
            tokens, rules = set(), []
        if agent:
            tokens.add(_token(agent[1].lower()))
        elif rule and not _OF_NO_GROUP.match(rule):
            rules.append(rule)
    yield tokens, rules


def _token(name: str) -> str:
    """Return the part of an agent's name that counts: "nursery-watcher" of "nursery-watcher/1.0"."""
    found = _TOKEN.match(name)
    return "*" if name == "*" else found[0] if found else ""


@dataclass(slots=True)
class _Site:
    fetching: threading.Lock = field(default_factory=threading.Lock)
    robots: Robots = ALL_ALLOWED
    read_at: datetime | None = None
    failed_at: float = 0.0  #: monotonic seconds
    failure: str = ""

    def is_known(self, now: datetime, kept: timedelta) -> bool:
        """Tell whether the rules have been read less than `kept` ago (and not in a future that was a mistake)."""
        return self.read_at is not None and timedelta(0) <= now - self.read_at < kept


class Rulebook:
    """The rules of many sites, each read once a day, by one thread at a time. Thread-safe."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._sites: OrderedDict[str, _Site] = OrderedDict()  #: by origin, longest unused first
        self._lock = threading.Lock()

    def robots(self, origin: str, fetch: Callable[[], Robots]) -> Robots:
        """Return what a site allows, fetched if need be.

        A site that cannot be reached keeps its old rules in force. Raises what `fetch` raises; a failure is
        shared by all who waited for it.
        """
        site = self._site(origin)
        if site.is_known(self._now(), KEPT):
            return site.robots
        began = time.monotonic()
        with site.fetching:
            if not site.is_known(self._now(), KEPT):
                self._refresh(site, fetch, began)
            return site.robots

    def _refresh(self, site: _Site, fetch: Callable[[], Robots], began: float) -> None:
        try:
            if site.failed_at > began:
                raise Unreachable(site.failure)
            site.robots, site.read_at = fetch(), self._now()
        except Unreachable as error:
            site.failed_at, site.failure = time.monotonic(), str(error)
            if not site.is_known(self._now(), KEPT_UNREACHABLE):
                raise

    def _site(self, origin: str) -> _Site:
        with self._lock:
            site = self._sites.setdefault(origin, _Site())
            self._sites.move_to_end(origin)
            if len(self._sites) > MOST_SITES:
                self._sites.popitem(last=False)
            return site
