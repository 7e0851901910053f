"""Blogger: the posts and comments of one blog, by its feeds, which reach back page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sources.absence import gone_from
from sources.feed import ACCEPT, Shown, read_feed
from sources.keys import Key, boolean, server
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

PER_PAGE = 50
REACH = timedelta(days=7)  #: comments that waited for approval turn up late by so much


@dataclass(frozen=True, slots=True)
class BloggerSource:
    """One blog."""

    address: str
    comments: bool
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return new and changed posts and comments."""
        return follow(self._timelines(), Seen.read(cursor), reach=self.tools.now() - REACH).fetched

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the posts and comments since a time."""
        return reach_back(self._timelines(), since)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: those whose post's address answers 404 or 410."""
        return Checked(gone_from(self.tools, posts), cursor)

    def _timelines(self) -> dict[str, Ask]:
        # By their last change, so that an edit leads the list.
        return {name: self._ask(name) for name in (("posts", "comments") if self.comments else ("posts",))}

    def _ask(self, name: str) -> Ask:
        def ask(start: str) -> Page:
            query = {"orderby": "updated", "max-results": str(PER_PAGE), "start-index": start or "1"}
            url = f"{self.address}/feeds/{name}/default?{urlencode(query)}"
            response = self.tools.client.get(url, accept=ACCEPT)
            content_type = response.headers.get("content-type", "")
            shown: Shown = self.tools.parsers.run(
                read_feed, response.body, content_type, response.url, "blog", "", self.tools.now()
            )
            # The server may give fewer than asked for, so only an empty page is the end.
            return Page(
                shown.posts, str(int(start or "1") + len(shown.posts)) if shown.posts else "", len(shown.posts)
            )

        return ask


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return BloggerSource(settings["url"], settings["comments"], tools)


KIND = Kind(
    name="blogger",
    sees="Every post and comment of one blog at Blogger.",
    credential="none",
    limits="Known blogs only; there is no search across blogs.",
    terms="Feeds are published to be read; robots.txt is obeyed.",
    keys=(
        Key("url", server, "The blog's address.", example='"https://fleamfordparents.blogspot.com"'),
        Key("comments", boolean, "Whether comments are read too.", True, "false"),
    ),
    every=timedelta(minutes=30),
    build=_build,
)
