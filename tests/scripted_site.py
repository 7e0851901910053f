"""What a kind of source brings for its contract test: a small site that speaks the platform's dialect.

A kind's site is a subclass of `ScriptedSite` with one line in `contract_sites.py`:

    class WordPress(ScriptedSite):
        def table(self):                     # a source's keys, as they would stand in the TOML file
            return {"url": "https://blog.example/"}
        def answer(self, asked):             # the healthy site, from self.items
            ...

A kind that is not asked over HTTP implements `show` and `fail` in its own way.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from web_server import Answer, Asked

from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
SPOKEN = "Ava’s class – Zoë & Łukasz said “3 < 5”"  #: what every item says, among other things


@dataclass(frozen=True)
class Item:
    """One thing the site shows."""

    number: int
    said: str = ""  #: plain text; the site writes it in its own markup
    at: datetime = START

    @property
    def title(self) -> str:
        """A title that tells items apart."""
        return f"Item {self.number}"

    @property
    def text(self) -> str:
        """All of what it says, plain."""
        return f"{self.said or 'first'} words of item {self.number}. {SPOKEN}"

    @property
    def markup(self) -> str:
        """The same as HTML."""
        return f"<p>{html.escape(self.text)}</p>"


def items(*numbers: int) -> list[Item]:
    """Return items of which each is a minute younger than the one before."""
    return [Item(number, at=START + timedelta(minutes=number)) for number in numbers]


def edited(item: Item) -> Item:
    """Return the item after its author changed it."""
    return replace(item, said="changed")


@dataclass(frozen=True)
class Fault:
    """One way to fail."""

    answer: Answer
    means: tuple[type[SourceError], ...]  #: any of these will do
    pause: timedelta | None = None  #: what the site asks for


CHALLENGE = b"<!doctype html><html><head><title>Just a moment...</title></head><body>Are you a robot?</body></html>"

FAULTS = {
    "401": Fault(Answer(b"{}", 401), (Refused,)),
    "403 html": Fault(Answer(b"<html><h1>Forbidden</h1></html>", 403), (Refused,)),
    "429": Fault(Answer(status=429, headers={"Retry-After": "120"}), (RateLimited,), timedelta(seconds=120)),
    "500": Fault(Answer(b"<html>Oops</html>", 500), (Unreachable,)),
    "503": Fault(Answer(status=503), (Unreachable,)),
    "no answer": Fault(Answer(drop=True), (Unreachable,)),
    "block page": Fault(
        Answer(CHALLENGE, headers={"Content-Type": "text/html; charset=utf-8"}), (Malformed, Refused)
    ),
    "malformed": Fault(Answer(b'{"half": [', headers={"Content-Type": "application/json"}), (Malformed,)),
    "empty success": Fault(Answer(b"", headers={"Content-Type": "application/json"}), (Malformed,)),
}
"""What a site may answer instead, and the errors that it means."""


class ScriptedSite:
    """A site over HTTP. Subclasses say how it looks when it is well."""

    edits = True  #: whether the platform lets authors change what they said
    deletes = True  #: whether a second look at a post can show that it was deleted
    backlog = 10  #: new items between two polls which must all arrive
    most_requests = 20  #: of one poll, however much there is
    faults = FAULTS  #: the ways to fail that it knows

    def __init__(self, folder: Path) -> None:
        self.folder = folder  #: of this test's own
        self.items: list[Item] = []  #: newest first
        self.asked = 0  #: requests, robots.txt left out
        self._fault: Fault | None = None
        self._fails_at: int | None = None

    def table(self) -> dict[str, Any]:
        """Return a source's keys, as they would stand in the TOML file."""
        raise NotImplementedError

    def hosts(self) -> tuple[str, ...]:
        """Return the names under which it is asked."""
        return (urlsplit(str(self.table().get("url", "https://unasked.example/"))).hostname or "",)

    def ports(self) -> dict[int, tuple[str, int]]:
        """Return where it is asked by other means than HTTP: host and port of a server, by the port asked for."""
        return {}

    def close(self) -> None:
        """End what it has begun."""

    def show(self, shown: Iterable[Item]) -> None:
        """Show these from now on."""
        self.items = sorted(shown, key=lambda item: item.at, reverse=True)

    def fail(self, name: str) -> None:
        """Fail from now on; "" ends it."""
        self._fault = self.faults[name] if name else None

    def fail_once(self, after: int) -> None:
        """Be down for the one request that follows `after` good ones."""
        self._fails_at = self.asked + after

    def serve(self, asked: Asked) -> Answer:
        """Answer a request."""
        if urlsplit(asked.path).path == "/robots.txt":
            return self.robots()
        self.asked += 1
        if self._fails_at is not None and self.asked > self._fails_at:
            self._fails_at = None
            return Answer(status=503)
        return self._fault.answer if self._fault else self.answer(asked)

    def shown(self, number: object) -> Item | None:
        """Return the item of a number, as it stands in an address; None where it is not shown."""
        return next((item for item in self.items if str(item.number) == str(number)), None)

    def page_of(self, number: object) -> Answer:
        """Return the web page of an item, or what stands in its place."""
        item = self.shown(number)
        return Answer(f"<html>{item.markup}</html>".encode()) if item else Answer(status=404)

    def robots(self) -> Answer:
        """Return the site's robots.txt."""
        return Answer(status=404)

    def answer(self, asked: Asked) -> Answer:
        """Return what the healthy site answers."""
        raise NotImplementedError


def wanted(asked: Asked) -> dict[str, str]:
    """Return the parameters of a request's query."""
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}


def path_of(asked: Asked) -> str:
    """Return the path of a request without its query."""
    return urlsplit(asked.path).path
