"""Golden data: what each site sent, answer by answer, and the posts or the error that it must become.

A file `tests/data/<kind>/<case>.json` holds the source's `table`, and `polls`: each with the `answers` by path, with
as much of the query as tells them apart (a list is served one after the other, the last for ever) and the expected
`posts`, or an `error` with words of its message; a second look has `held` posts (id and address) and which of them are
`gone`. A body stands in the file as JSON or text, or is named beside it with `file`.

Every kind has every one of `CASES`: as a file, or by a line of `tests/data/cases.toml`.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from contract_sites import SITES
from lab import NOW, asking, made, serving
from scripted_site import FAULTS
from web_server import Answer, Asked, WebServer

from sources import errors
from sources.parsing import Parsers
from sources.post import Post
from sources.registry import KINDS
from sources.source import Held, Rechecks, Source, Tools

DATA = Path(__file__).parent / "data"
FILES = sorted(path for path in DATA.glob("*/*.json") if "polls" in json.loads(path.read_text(encoding="utf-8")))
CASES = (
    "normal, empty, last-page, edited, deleted, reply, media, non-ascii, 401, 403-html, 429, block-page, malformed"
)
FAILURES = ("401", "403-html", "429", "block-page")  #: the same answer for every kind
TOLD = tomllib.loads((DATA / "cases.toml").read_text(encoding="utf-8"))


class Recorded:
    """A site that answers as recorded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[str, list[Any]] = {}

    def play(self, answers: dict[str, Any]) -> None:
        """Answer so from now on."""
        self._answers = {path: list(one) if isinstance(one, list) else [one] for path, one in answers.items()}

    def serve(self, asked: Asked) -> Answer:
        """Answer a request as recorded for its path and the longest part of its query."""
        fitting = (recorded for recorded in self._answers if _fits(asked.path, recorded))
        found = self._answers.get(max(fitting, key=len, default=""))
        if found is None:
            return Answer(status=404)
        recorded = found.pop(0) if len(found) > 1 else found[0]
        return Answer(self._body(recorded), recorded.get("status", 200), recorded.get("headers", {}))

    def _body(self, recorded: dict[str, Any]) -> bytes:
        if "file" in recorded:
            return (self._folder / recorded["file"]).read_bytes()
        body = recorded.get("body", "")
        return (body if isinstance(body, str) else json.dumps(body)).encode()


def _fits(asked: str, recorded: str) -> bool:
    """Tell whether a request has the recorded path and every parameter of the recorded query."""
    asked_parts, parts = urlsplit(asked), urlsplit(recorded)
    return asked_parts.path == parts.path and {*parse_qsl(parts.query)} <= {*parse_qsl(asked_parts.query)}


def spelled(post: Post) -> dict[str, Any]:
    """Return a post as golden data has it: without the fields that say nothing."""
    plain = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(post).items()
    }
    return {name: value for name, value in plain.items() if value not in ("", None, "other")}


def check_poll(source: Source, cursor: str | None, poll: dict[str, Any]) -> str | None:
    if "error" in poll:
        check_failure(source, cursor, poll["error"])
        return cursor
    if "held" in poll:
        assert isinstance(source, Rechecks)
        assert cursor
        checked = source.recheck(tuple(Held(*each) for each in poll["held"]), cursor)
        assert sorted(checked.gone) == poll["gone"]
        return checked.cursor
    fetched = source.fetch(cursor)
    assert [spelled(post) for post in fetched.posts] == poll["posts"]
    return fetched.cursor


def check_failure(source: Source, cursor: str | None, told: str) -> None:
    kind, _, words = told.partition(": ")
    with pytest.raises(getattr(errors, kind), match=re.escape(words)):
        source.fetch(cursor)


def expected(kind: str, case: str) -> str:
    """Return the error that the same answer for all means to a kind; "" where a file or a reason says more."""
    usual: str = TOLD["differs"].get(kind, {}).get(case) or TOLD["usual"].get(case, "")
    return "" if case in recorded(kind) | TOLD["never"].get(kind, {}).keys() else usual


def recorded(kind: str) -> set[str]:
    """Return the cases of which a kind has a file."""
    return {path.name.split(".")[0] for path in (DATA / kind).iterdir()}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_must_have_every_case_or_the_reason_why_not(kind: str) -> None:
    reasons = TOLD["never"].get(kind, {})
    assert all(reasons.values())
    assert recorded(kind) & reasons.keys() == set(), "a case that cannot occur has a file"
    told = {case for case in FAILURES if expected(kind, case)}
    assert set(CASES.split(", ")) - recorded(kind) - reasons.keys() - told == set()


def test_no_case_must_be_told_of_what_is_not_there() -> None:
    told = {**TOLD["never"], **TOLD["differs"]}
    assert set(told) <= set(KINDS)
    assert {case for reasons in told.values() for case in reasons} <= set(CASES.split(", "))
    assert set(TOLD["usual"]) == set(FAILURES)


@pytest.fixture
def server(kind: str, tmp_path: Path) -> Iterator[WebServer]:
    """A server in place of everything that a kind asks."""
    with serving(*SITES[kind](tmp_path).hosts()) as started:
        yield started


@pytest.mark.parametrize(
    ("kind", "case"), [(kind, case) for kind in sorted(KINDS) for case in FAILURES if expected(kind, case)]
)
def test_the_same_failure_must_be_told_by_every_kind(
    kind: str, case: str, server: WebServer, parsers: Parsers, tmp_path: Path
) -> None:
    fault = FAULTS[case.replace("-", " ")]
    server.otherwise = lambda asked: Answer(status=404) if asked.path == "/robots.txt" else fault.answer
    with asking(server) as client:
        tools = Tools(client, parsers, ("Hollybush Nursery School",), lambda: NOW)
        check_failure(made(kind, tools, **SITES[kind](tmp_path).table()), None, expected(kind, case))


@pytest.mark.parametrize(
    ("kind", "path"), [pytest.param(path.parent.name, path, id=f"{path.parent.name}-{path.stem}") for path in FILES]
)
def test_what_was_recorded_must_become_the_stated_posts(
    kind: str, path: Path, server: WebServer, parsers: Parsers
) -> None:
    golden = json.loads(path.read_text(encoding="utf-8"))
    site = Recorded(path.parent)
    server.otherwise = site.serve
    with asking(server) as client:
        tools = Tools(client, parsers, ("Hollybush Nursery School",), lambda: NOW)
        source = made(kind, tools, **golden["table"])
        cursor = None
        for poll in golden["polls"]:
            site.play(poll["answers"])
            cursor = check_poll(source, cursor, poll)
