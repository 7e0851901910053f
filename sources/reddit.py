"""Reddit's search as a feed, read with an account's private feed token, which Reddit gives for feed readers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from sources.answers import Response
from sources.discretion import discreet
from sources.documents import is_web_page
from sources.errors import Refused
from sources.feed import read_feed
from sources.keys import Key, Wrong, secret, server, text, words
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

PER_PAGE = 100
#: What the feed adds to every post: who wrote it, where, and two links.
_TAIL = re.compile(r"\s*submitted by\s+(/u/\S+|\[deleted\])(\s+to\s+/?r/\S+)?(\s*\[(link|comments)\])*\s*$")
_GONE = frozenset(("[deleted]", "[removed]"))


@dataclass(frozen=True, slots=True)
class RedditSource:
    """Searches, all asked for at once since requests are few."""

    address: str
    user: str
    token: str = field(repr=False)
    queries: tuple[str, ...]
    communities: tuple[str, ...]  #: searched only there; everywhere where empty
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new for the searches."""
        return follow(self._timelines("week"), Seen.read(cursor)).fetched

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the posts since a time."""
        return reach_back(self._timelines("year"), since)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: missing, removed or deleted."""
        gone = [post.id for post in posts if self._is_gone(post.id)]
        return Checked(frozenset(gone), cursor)

    def _is_gone(self, post_id: str) -> bool:
        response = self._ask(f"/comments/{quote(post_id.removeprefix('t3_'))}/.rss", {"limit": "1"}, (404,))
        if response.status == 404:
            return True
        page = self.tools.parsers.run(read_posts, response.body, response.status, self.address, self.tools.now())
        return post_id not in {post.id for post in page.posts}

    def _timelines(self, within: str) -> dict[str, Ask]:
        places = {f"/r/{name}/search.rss": {"restrict_sr": "on"} for name in self.communities}
        return {path: self._search(path, within, more) for path, more in (places or {"/search.rss": {}}).items()}

    def _search(self, path: str, within: str, more: Mapping[str, str]) -> Ask:
        wanted = " OR ".join(f'"{query}"' for query in self.queries)
        asked = {"q": wanted, "sort": "new", "t": within, "limit": str(PER_PAGE), **more}

        def page(after: str) -> Page:
            response = self._ask(path, asked | ({"after": after} if after else {}))
            return self.tools.parsers.run(
                read_posts, response.body, response.status, self.address, self.tools.now()
            )

        return page

    def _ask(self, path: str, query: Mapping[str, str], kept: tuple[int, ...] = ()) -> Response:
        signed = urlencode({**query, "feed": self.token, "user": self.user}, quote_via=quote)
        with discreet(self.token):
            # The token's owner asked Reddit for this feed, so robots.txt, which keeps crawlers out, is not asked.
            return self.tools.client.get(
                f"{self.address}{path}?{signed}", accept="application/atom+xml", robots=False, allow_status=kept
            )


def read_posts(body: bytes, status: int, address: str, now: datetime) -> Page:
    """Read a feed of posts. Raises Refused for the page that Reddit shows to those it blocks."""
    host = address.partition("://")[2]
    if is_web_page(body):
        raise Refused(f"{host} sent a web page where a feed was expected; it blocks this computer or the token")
    read = read_feed(body, "application/atom+xml", address, "reddit", "", now).posts
    shown = [replace(post, id=post.id.rpartition("/")[2]) for post in read]  # feedparser takes ids for addresses
    posts = tuple(_plain(post) for post in shown if _is_there(post))
    return Page(posts, shown[-1].id if len(shown) >= PER_PAGE else "", len(shown))


def _is_there(post: Post) -> bool:
    return post.id.startswith("t3_") and _TAIL.sub("", post.text) not in _GONE and post.title not in _GONE


def _plain(post: Post) -> Post:
    """Leave out what the feed adds: names of people and places there would count as what was said."""
    return replace(post, text=_TAIL.sub("", post.text), author=post.author.removeprefix("/u/"))


def communities(value: Any) -> tuple[str, ...]:
    """A list of subreddits, with or without r/."""
    found = tuple(re.sub(r"^/?r/", "", name).strip("/") for name in words(value))
    if not all(re.fullmatch(r"[A-Za-z0-9_]{2,21}", name) for name in found):
        raise Wrong('a list of subreddits like ["Walsall", "UKParenting"]')
    return found


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return RedditSource(
        address=settings["url"],
        user=settings["user"],
        token=settings["token"],
        queries=settings["queries"] or tools.names,
        communities=settings["communities"],
        tools=tools,
    )


KIND = Kind(
    name="reddit",
    sees="Posts on Reddit whose title or text holds a searched phrase; comments are not searched.",
    credential="a free account's private feed token (reddit.com/prefs/feeds), of an account for this alone",
    limits="About one request a minute; posts only; Reddit blocks some networks altogether.",
    terms="Feeds are for personal reading; nothing is kept that was deleted there. Off unless configured.",
    keys=(
        Key("user", text, "The account's name.", example='"hollybush_reader"'),
        Key("token", secret, "The `feed` value of its private feeds.", example='"${REDDIT_FEED}"', secret=True),
        Key("queries", words, "Phrases to search; left out, the federation's names.", (), '["Hollybush Nursery"]'),
        Key("communities", communities, "Subreddits to search; left out, all.", (), '["Walsall"]'),
        Key("url", server, "Where it is asked.", "https://www.reddit.com", '"https://www.reddit.com"'),
    ),
    every=timedelta(minutes=30),
    build=_build,
)
