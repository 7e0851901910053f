"""YouTube's search, and the comments under what it found.

Google gives 100 searches a day, each page one. They are counted, in Google's own time zone; what is counted is kept
although a poll fails. Comments are asked for with an allowance that is a hundred times larger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sources.documents import listing, read_json, string, table
from sources.keys import Key, whole_number, words
from sources.markup import to_text
from sources.meters import Meter
from sources.pages import Ask, Followed, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Looked, Source, Tools
from sources.youtube import CREDENTIAL, HOST, KEY, TERMS, URL, Interface, joined, video_post

BACK = 5  #: pages read in a look back, since searches are few


@dataclass(frozen=True, slots=True)
class YouTubeSource:
    """One search for all phrases, and the comments under the videos it found last."""

    interface: Interface
    queries: tuple[str, ...]
    searches: int  #: a day
    videos: int  #: whose comments are read
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return new videos, and new comments under those found last."""
        seen = Seen.read(cursor)
        meter = self._meter().opened(seen)
        with meter.remembered(seen):
            found = follow({"search": self._search(meter)}, seen)
            watched = self._watched(seen, found)
            comments = follow(
                {f"comments {video}": self._comments(video, watched[video]) for video in watched}, seen
            )
        return joined(found, comments, {"videos": dict(watched)}, meter)

    def look_back(self, since: datetime, cursor: str | None) -> Looked:
        """Return the videos since a time, as far as a few searches show them."""
        seen = Seen.read(cursor)
        meter = self._meter().opened(seen)
        with meter.remembered(seen):
            posts = reach_back({"search": self._search(meter)}, since, most=BACK)
        return Looked(posts, meter.noted(seen).write())

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which videos and comments are gone."""
        return Checked(self.interface.gone(post.id for post in posts), cursor)

    def vouch(self) -> str:
        """Ask with the key, and for nothing that is counted."""
        return self.interface.vouch()

    def _meter(self) -> Meter:
        return self.interface.meter("searches", self.searches)

    def _search(self, meter: Meter) -> Ask:
        wanted = "|".join(f'"{query}"' for query in self.queries)
        asked = {"part": "snippet", "type": "video", "order": "date", "maxResults": "50", "safeSearch": "none"}

        def page(after: str) -> Page:
            meter.spend(1, self.tools.now())
            answer = self.interface.ask("search", asked | {"q": wanted, "pageToken": after})
            return self.tools.parsers.run(read_videos, answer.body, self.tools.now())

        return page

    def _comments(self, video: str, title: str) -> Ask:
        return lambda after: self.interface.comments({"videoId": video}, after, {video: title}, title)

    def _watched(self, seen: Seen, found: Followed) -> dict[str, str]:
        """Return the titles of the videos found last, by id."""
        newest = {post.id.partition("/")[2]: post.title for post in reversed(found.posts)}
        known = {str(video): str(title) for video, title in table(seen.extra, "videos").items()}
        return dict(list((newest | {k: v for k, v in known.items() if k not in newest}).items())[: self.videos])


def read_videos(body: bytes, now: datetime) -> Page:
    """Read a page of what the search found. Runs in the parser pool."""
    document = read_json(body, HOST)
    items = listing(document, HOST, "items")
    posts = tuple(_video(item, now) for item in items if string(item, "id", "videoId"))
    return Page(posts, string(document, "nextPageToken"), len(items))


def _video(item: Mapping[str, Any], now: datetime) -> Post:
    said = table(item, "snippet")
    text = to_text(string(said, "description"))  # the search writes signs as markup does: &#39;
    return video_post(string(item, "id", "videoId"), said, text, string(said, "publishedAt"), now)


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return YouTubeSource(
        interface=Interface(settings["url"].rstrip("/"), settings["key"], tools),
        queries=settings["queries"] or tools.names,
        searches=settings["searches"],
        videos=settings["videos"],
        tools=tools,
    )


KIND = Kind(
    name="youtube-search",
    sees="Videos whose title or description holds a searched phrase, and the comments under those found last.",
    credential=CREDENTIAL,
    limits="100 searches a day, counted here; comments only under videos that were found.",
    terms=TERMS,
    keys=(
        KEY,
        Key("queries", words, "Phrases to search; left out, the federation's names.", (), '["Hollybush Nursery"]'),
        Key("searches", whole_number(1, 10_000), "Searches a day, at most.", 95, "95"),
        Key("videos", whole_number(0, 50), "Videos whose comments are read at each poll.", 10, "10"),
        URL,
    ),
    every=timedelta(minutes=20),
    build=_build,
)
