"""WordPress: posts and comments over its REST interface, and over its feeds where a site has switched that off."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from sources.absence import gone_from
from sources.dates import read_date
from sources.documents import listing, read_json, string, table, tables
from sources.errors import Malformed, Refused
from sources.feed import read_feed
from sources.keys import Key, boolean
from sources.markup import line, to_text, web_link
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.profiles import public_page
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

PER_PAGE = 50
REACH = timedelta(days=7)  #: moderated comments and edits of posts turn up late by so much
WAYS = ("rest", "route", "feed")  #: how a site is asked, best first; "route" where it has no pretty addresses


@dataclass(frozen=True, slots=True)
class WordPressSource:
    """One site."""

    address: str  #: without a slash at the end
    comments: bool
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return new and changed posts and comments."""
        seen = Seen.read(cursor)
        known = WAYS.index(way) if (way := seen.extra.get("way")) in WAYS else 0
        trouble: Refused | None = None
        for way in WAYS[known:]:
            try:
                followed = follow(self._timelines(way), seen, reach=self.tools.now() - REACH)
            except Refused as error:
                trouble = trouble or error
                continue
            except Malformed as error:
                raise trouble or error from error  # no feed either: what the interface said tells more
            after = replace(followed.seen, extra=followed.seen.extra | {"way": way})
            return Fetched(followed.posts, after.write(), followed.shown)
        raise trouble or Refused(f"{urlsplit(self.address).hostname} shows neither its interface nor a feed")

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the posts and comments since a time."""
        return reach_back(self._timelines("rest"), since)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts and comments are gone: those that the site leaves out where they are asked for."""
        way = string(Seen.read(cursor).extra, "way")
        if way not in WAYS[:2]:
            return Checked(gone_from(self.tools, posts), cursor)
        gone: set[str] = set()
        for name in ("posts", "comments"):
            own = [post.id for post in posts if post.id.startswith(f"{name[:-1]}-")]
            for start in range(0, len(own), PER_PAGE):
                gone |= self._left_out(way, name, set(own[start : start + PER_PAGE]))
        return Checked(frozenset(gone), cursor)

    def _left_out(self, way: str, name: str, asked: set[str]) -> set[str]:
        numbers = ",".join(sorted(one.partition("-")[2] for one in asked))
        there = {post.id for post in self._page(way, name, {"include": numbers}, 1).posts}
        return asked - there if there <= asked else set()  # a site that shows others has not understood

    def _timelines(self, way: str) -> dict[str, Ask]:
        names = ("posts", "comments") if self.comments else ("posts",)
        return {f"{way} {name}": self._feed(name) if way == "feed" else self._rest(way, name) for name in names}

    def _rest(self, way: str, name: str) -> Ask:
        # Posts by their last change, so that an edit leads the list; comments cannot be ordered so.
        order = (
            {"orderby": "modified", "_embed": "author"}
            if name == "posts"
            else {"orderby": "date_gmt", "_embed": "up"}
        )
        query = {"order": "desc", **order}
        return lambda number: self._page(way, name, query, int(number or "1"))

    def _page(self, way: str, name: str, query: Mapping[str, str], number: int) -> Page:
        route = f"/wp/v2/{name}"
        base = f"{self.address}/wp-json{route}?" if way == "rest" else f"{self.address}/?rest_route={route}&"
        asked = urlencode({**query, "per_page": str(PER_PAGE), "page": str(number)})
        response = self.tools.client.get(f"{base}{asked}", accept="application/json")
        total = response.headers.get("x-wp-totalpages", "")
        return self.tools.parsers.run(read_page, response.body, name, self.address, number, total, self.tools.now())

    def _feed(self, name: str) -> Ask:
        path = "/feed/" if name == "posts" else "/comments/feed/"

        def ask(number: str) -> Page:
            response = self.tools.client.get(f"{self.address}{path}", accept="application/rss+xml")
            content_type = response.headers.get("content-type", "")
            shown = self.tools.parsers.run(
                read_feed, response.body, content_type, response.url, "blog", "", self.tools.now()
            )
            return Page(shown.posts, "", len(shown.posts))

        return ask


def read_page(body: bytes, name: str, address: str, number: int, total: str, now: datetime) -> Page:
    """Read one page of posts or comments. Runs in the parser pool."""
    host = urlsplit(address).hostname or address
    rows = listing(read_json(body, host), host)
    read = _post if name == "posts" else _comment
    posts = tuple(read(row, address, now) for row in rows if string(row, "id"))
    more = number < int(total) if total.isdigit() else len(rows) == PER_PAGE
    return Page(posts, str(number + 1) if more else "", len(rows))


def _post(row: Mapping[str, Any], address: str, now: datetime) -> Post:
    content = to_text(string(row, "content", "rendered"))
    return Post(
        id=f"post-{string(row, 'id')}",
        url=web_link(string(row, "link"), address),
        text=content or to_text(string(row, "excerpt", "rendered")),
        title=line(string(row, "title", "rendered")),
        author=line(_embedded(row, "author", "name")),
        platform="blog",
        published=read_date(string(row, "date_gmt"), now),
    )


def _comment(row: Mapping[str, Any], address: str, now: datetime) -> Post:
    return Post(
        id=f"comment-{string(row, 'id')}",
        url=web_link(string(row, "link"), address),
        text=to_text(string(row, "content", "rendered")),
        title=line(_embedded(row, "up", "title", "rendered")),
        author=line(string(row, "author_name")),
        platform="blog",
        published=read_date(string(row, "date_gmt"), now),
    )


def _embedded(row: Mapping[str, Any], relation: str, *path: str) -> str:
    found = tables(table(row, "_embedded"), relation)
    return string(found[0], *path) if found else ""


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return WordPressSource(settings["url"].rstrip("/"), settings["comments"], tools)


KIND = Kind(
    name="wordpress",
    sees="Every post and comment of one WordPress site.",
    credential="none",
    limits="Edits of comments older than a week; where the interface is switched off, the 10 newest of the feed.",
    terms="The interface is public unless the site's owner closes it; robots.txt is obeyed.",
    keys=(
        Key("url", public_page, "The site's address.", example='"https://blog.example/"'),
        Key("comments", boolean, "Whether comments are read too.", True, "false"),
    ),
    every=timedelta(minutes=30),
    build=_build,
)
