"""Golden data: what each site sent, answer by answer, and the posts or the error that it must become.

A file `tests/data/<kind>/<case>.json` holds the source's `table`, and `polls`: each with the `answers` by path, with
as much of the query as tells them apart (a list is served one after the other, the last for ever) and the expected `posts`, or an `error` with words of
its message. A body stands in the file as JSON or text, or is named beside it with `file`.
"""

import json
import re
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from contract_sites import SITES
from lab import NOW, asking, made, serving
from web_server import Answer, Asked

from sources import errors
from sources.parsing import Parsers
from sources.post import Post
from sources.source import Source, Tools

DATA = Path(__file__).parent / "data"
FILES = sorted(path for path in DATA.glob("*/*.json") if "polls" in json.loads(path.read_text(encoding="utf-8")))


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
        kind, _, words = poll["error"].partition(": ")
        with pytest.raises(getattr(errors, kind), match=re.escape(words)):
            source.fetch(cursor)
        return cursor
    fetched = source.fetch(cursor)
    assert [spelled(post) for post in fetched.posts] == poll["posts"]
    return fetched.cursor


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_recorded_must_become_the_stated_posts(path: Path, parsers: Parsers, tmp_path: Path) -> None:
    golden = json.loads(path.read_text(encoding="utf-8"))
    kind = path.parent.name
    site = Recorded(path.parent)
    with serving(*SITES[kind](tmp_path).hosts()) as server, asking(server) as client:
        server.otherwise = site.serve
        tools = Tools(client, parsers, ("Hollybush Nursery School",), lambda: NOW)
        source = made(kind, tools, **golden["table"])
        cursor = None
        for poll in golden["polls"]:
            site.play(poll["answers"])
            cursor = check_poll(source, cursor, poll)
