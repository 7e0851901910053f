"""Discourse forums: every public post, newest first. Its search is left alone, as its robots.txt asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from sources.absence import GONE
from sources.dates import read_date
from sources.documents import listing, number, read_json, string, table, value
from sources.errors import Malformed
from sources.keys import Key, server
from sources.markup import line, to_text, web_link
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

REACH = timedelta(days=2)  #: edits are looked for so far back
WINDOW = 50  #: ids that one answer looks through; posts that are not public leave gaps


@dataclass(frozen=True, slots=True)
class DiscourseSource:
    """One forum."""

    address: str
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return new and lately changed posts."""
        return follow({"posts": self._ask()}, Seen.read(cursor), reach=self.tools.now() - REACH).fetched

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the posts since a time."""
        return reach_back({"posts": self._ask()}, since)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: hidden, taken back, or unknown to the forum."""
        return Checked(frozenset(post.id for post in posts if self._is_gone(post.id)), cursor)

    def _is_gone(self, post_id: str) -> bool:
        url = f"{self.address}/posts/{quote(post_id)}.json"
        response = self.tools.client.get(url, accept="application/json", allow_status=GONE)
        return response.status in GONE or self.tools.parsers.run(is_away, response.body, self.address)

    def _ask(self) -> Ask:
        def ask(before: str) -> Page:
            url = f"{self.address}/posts.json" + (f"?before={before}" if before else "")
            response = self.tools.client.get(url, accept="application/json")
            return self.tools.parsers.run(read_posts, response.body, self.address, before, self.tools.now())

        return ask


def read_posts(body: bytes, address: str, before: str, now: datetime) -> Page:
    """Read one page of posts. Runs in the parser pool."""
    host = urlsplit(address).hostname or address
    rows = listing(read_json(body, host), host, "latest_posts")
    posts = tuple(_post(row, address, now) for row in rows if _is_shown(row))
    return Page(posts, _next(rows, before), len(rows))


def _next(rows: list[Mapping[str, Any]], before: str) -> str:
    """Return the id before which the next page begins; it always becomes smaller, so that there is an end."""
    asked = int(before or "0")
    lowest = min((number(row, "id") for row in rows), default=0)
    if not lowest or (asked and lowest >= asked):
        lowest = asked - WINDOW
    return str(lowest) if lowest > 1 else ""


def _is_shown(row: Mapping[str, Any]) -> bool:
    return number(row, "id") > 0 and not value(row, "hidden") and not value(row, "user_deleted")


def is_away(body: bytes, address: str) -> bool:
    """Tell whether a forum no longer shows a post. Raises Malformed. Runs in the parser pool."""
    host = urlsplit(address).hostname or address
    row = table(read_json(body, host))
    if not number(row, "id"):
        raise Malformed(f"{host} sent no post; its interface may have changed")
    return not _is_shown(row)


def _post(row: Mapping[str, Any], address: str, now: datetime) -> Post:
    return Post(
        id=string(row, "id"),
        url=web_link(string(row, "post_url") or f"/p/{string(row, 'id')}", address),
        text=to_text(string(row, "cooked") or string(row, "raw")),
        title=line(string(row, "topic_title")),
        author=line(string(row, "name") or string(row, "username")),
        platform="forum",
        published=read_date(string(row, "created_at"), now),
    )


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return DiscourseSource(settings["url"], tools)


KIND = Kind(
    name="discourse",
    sees="Every public post of one Discourse forum.",
    credential="none where the forum can be read without signing in",
    limits="Edits of posts older than two days; 500 new posts a poll, the rest at the next.",
    terms="200 requests a minute are allowed by default; its robots.txt forbids search, which is not used.",
    keys=(Key("url", server, "The forum's address.", example='"https://forum.example"'),),
    every=timedelta(minutes=15),
    build=_build,
)
