"""Posts from a JSON Lines file: for demonstrations, tests and look-backs.

Each line is an object with `text` and any of id, url, title, author, bio, platform, published, language.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sources.dates import read_date
from sources.errors import Malformed, Unreachable
from sources.keys import Key, file_path
from sources.markup import line, tidy, web_link
from sources.post import PLATFORMS, Post
from sources.seen import Seen
from sources.source import Fetched, Kind, Source, Tools


@dataclass(frozen=True, slots=True)
class ReplaySource:
    """A file of posts, oldest first."""

    path: Path
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return the lines that were added or changed."""
        seen = Seen.read(cursor)
        try:
            content = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Unreachable(f"{self.path.name} cannot be read: {error}") from error
        posts = read_lines(content, self.path.name, self.tools.now())
        new, after = seen.fresh(reversed(posts))
        return Fetched(new, after.write(), len(posts))


def read_lines(content: str, name: str, now: datetime) -> list[Post]:
    """Turn the lines of a file into posts. Raises Malformed naming the line."""
    return [
        _post(row, f"{name} line {number}", number, now)
        for number, row in enumerate(content.splitlines(), 1)
        if row.strip()
    ]


def _post(row: str, place: str, number: int, now: datetime) -> Post:
    try:
        record = json.loads(row)
    except ValueError as error:
        raise Malformed(f"{place}: expected a JSON object; {error}") from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise Malformed(f'{place}: expected a JSON object with a "text"; got {row[:60]!r}')
    platform = _string(record, "platform")
    return Post(
        id=_string(record, "id") or str(number),
        url=web_link(_string(record, "url"), "https://replay.invalid/"),
        text=tidy(record["text"]),
        title=line(_string(record, "title")),
        author=line(_string(record, "author")),
        bio=line(_string(record, "bio")),
        platform=platform if platform in PLATFORMS else "other",
        published=read_date(_string(record, "published"), now),
        language=_string(record, "language")[:35],
    )


def _string(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return ReplaySource(settings["path"], tools)


KIND = Kind(
    name="replay",
    sees="The posts of a JSON Lines file.",
    credential="none",
    limits="Only what the file holds.",
    terms="Yours.",
    keys=(
        Key(
            "path",
            file_path,
            "The file; a relative path is relative to the configuration.",
            example='"posts.jsonl"',
        ),
    ),
    every=timedelta(minutes=5),
    build=_build,
)
