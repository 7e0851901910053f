"""Which posts a source has already handed over: the inside of most cursors.

A cursor remembers ids with a short hash of what each said, never a date, so that late, back-dated and edited
posts are all noticed.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sources.errors import Malformed
from sources.post import Post

KEPT = 2000  #: ids remembered beyond those the site still shows

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """The ids handed over so far, oldest first, and what else the source must remember."""

    hashes: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)  #: JSON values of the source's own

    @classmethod
    def read(cls, cursor: str | None) -> "Seen":
        """Open a cursor; None opens an empty one."""
        if cursor is None:
            return cls()
        try:
            content = json.loads(cursor)
            return cls(dict(content["seen"]), dict(content["extra"]))
        except (ValueError, KeyError, TypeError) as error:
            raise Malformed(f"the cursor cannot be read: {cursor[:40]!r}") from error

    def write(self) -> str:
        """Close it again."""
        return json.dumps({"seen": self.hashes, "extra": self.extra}, separators=(",", ":"), ensure_ascii=False)

    def fresh(self, posts: Iterable[Post]) -> tuple[tuple[Post, ...], "Seen"]:
        """Return the new and changed posts, oldest first, and the state after them.

        `posts` come as the site orders them, newest first.
        """
        shown = {post.id: post for post in posts}
        marks = {post_id: content_hash(post) for post_id, post in shown.items()}
        new = [shown[post_id] for post_id, mark in marks.items() if self.hashes.get(post_id) != mark]
        return oldest_first(new), self.noted(marks)

    def noted(self, marks: dict[str, str]) -> "Seen":
        """Return the state after what the site shows now: marks by ids, newest first."""
        forgotten = [post_id for post_id in self.hashes if post_id not in marks]
        kept = {post_id: self.hashes[post_id] for post_id in forgotten[-KEPT:]}
        return replace(self, hashes=kept | dict(reversed(marks.items())))


def content_hash(post: Post) -> str:
    """Return 12 hexadecimal digits that change when what the post says changes."""
    said = "\x1f".join((post.title, post.author, post.text))
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=6).hexdigest()


def oldest_first(posts: list[Post]) -> tuple[Post, ...]:
    """Order posts that came newest first; undated ones keep their place at the end."""
    return tuple(sorted(reversed(posts), key=lambda post: post.published or _LAST))
