"""YouTube's search, and the comments under what it found. Asked with a school's own key.

Google gives 100 searches a day, each page one. They are counted, in Google's own time zone; what is counted is kept
although a poll fails. Comments are asked for with an allowance that is a hundred times larger.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sources.answers import USUAL_REST
from sources.api import ask
from sources.client import Response
from sources.dates import read_date
from sources.documents import is_web_page, listing, read_json, string, table, tables
from sources.errors import Malformed, RateLimited, Refused, SourceError
from sources.keys import Key, secret, web_address, whole_number, words
from sources.markup import line, tidy, to_text, web_link
from sources.meters import Meter
from sources.pages import Ask, Followed, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen, oldest_first
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

GOOGLE_TIME = ZoneInfo("America/Los_Angeles")  #: where Google's days end
HOST = "YouTube"
LOOKED_UP = 50  #: videos or comments that are looked up at once
_WITHOUT_COMMENTS = frozenset(("commentsDisabled", "videoNotFound", "forbidden"))


@dataclass(frozen=True, slots=True)
class YouTubeSource:
    """One search for all phrases, and the comments under the videos it found last."""

    address: str
    key: str = field(repr=False)
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
        return _joined(found, comments, watched, meter)

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the videos since a time; at most five pages, since searches are few."""
        return reach_back({"search": self._search(replace(self._meter(), most=5))}, since, most=5)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which videos and comments are gone: those that the platform leaves out of its answer."""
        gone: set[str] = set()
        for what in ("video", "comment"):
            ids = [post.id.partition("/")[2] for post in posts if post.id.startswith(f"{what}/")]
            for start in range(0, len(ids), LOOKED_UP):
                some = ids[start : start + LOOKED_UP]
                answer = self._ask(f"{what}s", {"part": "id", "id": ",".join(some), "maxResults": str(LOOKED_UP)})
                there = self.tools.parsers.run(read_ids, answer.body)
                gone |= {f"{what}/{one}" for one in some if one not in there}
        return Checked(frozenset(gone), cursor)

    def _meter(self) -> Meter:
        day = self.tools.now().astimezone(GOOGLE_TIME)
        return Meter("searches of the day", self.searches, f"{day:%Y-%m-%d}", next_day(self.tools.now()))

    def _search(self, meter: Meter) -> Ask:
        wanted = "|".join(f'"{query}"' for query in self.queries)
        asked = {"part": "snippet", "type": "video", "order": "date", "maxResults": "50", "safeSearch": "none"}

        def page(after: str) -> Page:
            meter.check(1, self.tools.now())
            meter.spent += 1  # before the call: one that fails costs as well
            answer = self._ask("search", asked | {"q": wanted, "pageToken": after})
            return self.tools.parsers.run(read_videos, answer.body, self.tools.now())

        return page

    def _comments(self, video: str, title: str) -> Ask:
        asked = {"part": "snippet,replies", "videoId": video, "order": "time", "maxResults": "100"}

        def page(after: str) -> Page:
            more = {"textFormat": "plainText", "pageToken": after}
            answer = self._ask("commentThreads", asked | more, kept=(403, 404))
            now = self.tools.now()
            return self.tools.parsers.run(read_comments, answer.body, answer.status, video, title, now)

        return page

    def _watched(self, seen: Seen, found: Followed) -> dict[str, str]:
        """Return the titles of the videos found last, by id."""
        newest = {post.id.partition("/")[2]: post.title for post in reversed(found.posts)}
        known = {str(video): str(title) for video, title in table(seen.extra, "videos").items()}
        return dict(list((newest | {k: v for k, v in known.items() if k not in newest}).items())[: self.videos])

    def _ask(self, path: str, query: Mapping[str, str], kept: tuple[int, ...] = ()) -> Response:
        explained = partial(explain, self.tools.now())
        own = {"X-Goog-Api-Key": self.key}
        return ask(self.tools, f"{self.address}/{path}", query, headers=own, explain=explained, kept=kept)


def _joined(found: Followed, comments: Followed, watched: Mapping[str, str], meter: Meter) -> Fetched:
    """Put what two ways brought into one answer and one cursor."""
    ends = {**found.seen.extra["ends"], **comments.seen.extra["ends"]}
    hashes = comments.seen.hashes | found.seen.hashes
    seen = Seen(hashes, found.seen.extra | {"ends": ends, "videos": dict(watched)})
    posts = oldest_first([*reversed(comments.posts), *reversed(found.posts)])
    return Fetched(posts, meter.noted(seen).write(), found.shown + comments.shown)


def next_day(now: datetime) -> datetime:
    """Return when Google's next day begins, in UTC."""
    day = now.astimezone(GOOGLE_TIME).date() + timedelta(days=1)
    return datetime.combine(day, time(0), GOOGLE_TIME).astimezone(UTC)


def read_videos(body: bytes, now: datetime) -> Page:
    """Read a page of what the search found. Runs in the parser pool."""
    document = read_json(body, HOST)
    items = listing(document, HOST, "items")
    posts = tuple(_video(item, now) for item in items if string(item, "id", "videoId"))
    return Page(posts, string(document, "nextPageToken"), len(items))


def _video(item: Mapping[str, Any], now: datetime) -> Post:
    video = string(item, "id", "videoId")
    return Post(
        id=f"video/{video}",
        url=web_link(f"https://www.youtube.com/watch?v={video}", ""),
        text=to_text(string(item, "snippet", "description")),
        title=line(string(item, "snippet", "title")),
        author=line(string(item, "snippet", "channelTitle")),
        platform="youtube",
        published=read_date(string(item, "snippet", "publishedAt"), now),
    )


def read_comments(body: bytes, status: int, video: str, title: str, now: datetime) -> Page:
    """Read a page of comments; none where a video has none or is gone. Runs in the parser pool."""
    if status in (403, 404):
        if _reason(body) in _WITHOUT_COMMENTS:
            return Page(())
        explain(now, status, body, HOST)
        raise Refused(f"{HOST} answered {status}: comments may not be read with this key")
    document = read_json(body, HOST)
    posts: list[Post] = []
    threads = listing(document, HOST, "items")
    for thread in threads:
        answers = tables(thread, "replies", "comments")
        shown = [table(thread, "snippet", "topLevelComment"), *answers]
        posts += [_comment(comment, video, title, now) for comment in reversed(shown) if string(comment, "id")]
    return Page(tuple(posts), string(document, "nextPageToken"), len(threads))


def _comment(comment: Mapping[str, Any], video: str, title: str, now: datetime) -> Post:
    number = string(comment, "id")
    said = table(comment, "snippet")
    return Post(
        id=f"comment/{number}",
        url=web_link(f"https://www.youtube.com/watch?v={video}&lc={number}", ""),
        text=tidy(string(said, "textOriginal")) or to_text(string(said, "textDisplay")),
        title=title,
        author=line(string(said, "authorDisplayName")),
        platform="youtube",
        published=read_date(string(said, "publishedAt"), now),
    )


def read_ids(body: bytes) -> tuple[str, ...]:
    """Return the ids of an answer's items. Runs in the parser pool."""
    return tuple(string(item, "id") for item in listing(read_json(body, HOST), HOST, "items"))


def explain(now: datetime, status: int, body: bytes, host: str) -> None:
    """Say what a failure means. Runs in the parser pool."""
    if is_web_page(body):
        raise Refused(f"{host} answered {status} with a web page; it keeps programs out")
    match _reason(body):
        case "quotaExceeded" | "dailyLimitExceeded":
            raise RateLimited("YouTube's allowance of the day is used up", next_day(now) - now)
        case "rateLimitExceeded" | "userRateLimitExceeded":
            raise RateLimited("YouTube was asked too often", USUAL_REST)
        case "keyInvalid" | "badRequest" | "API_KEY_INVALID" | "accessNotConfigured" | "ipRefererBlocked" as reason:
            raise Refused(f"YouTube does not accept the key: {reason}")
        case "invalidPageToken" | "incompatibleParameters" as reason:
            raise Malformed(f"YouTube did not understand the question: {reason}")


def _reason(body: bytes) -> str:
    try:
        document = read_json(body, HOST)
    except SourceError:
        return ""
    errors = [*tables(document, "error", "errors"), *tables(document, "error", "details")]
    return next((line(string(error, "reason"))[:60] for error in reversed(errors) if string(error, "reason")), "")


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return YouTubeSource(
        address=settings["url"].rstrip("/"),
        key=settings["key"],
        queries=settings["queries"] or tools.names,
        searches=settings["searches"],
        videos=settings["videos"],
        tools=tools,
    )


_BASE = "https://www.googleapis.com/youtube/v3"
KIND = Kind(
    name="youtube-search",
    sees="Videos whose title or description holds a searched phrase, and the comments under those found last.",
    credential="an API key of a free Google Cloud project with the YouTube Data API v3 switched on",
    limits="100 searches a day, counted here; comments only under videos that were found.",
    terms="What is kept longer than 30 days must be looked up again or let go, which the re-check does.",
    keys=(
        Key("key", secret, "The API key.", example='"${YOUTUBE_API_KEY}"', secret=True),
        Key("queries", words, "Phrases to search; left out, the federation's names.", (), '["Hollybush Nursery"]'),
        Key("searches", whole_number(1, 10_000), "Searches a day, at most.", 95, "95"),
        Key("videos", whole_number(0, 50), "Videos whose comments are read at each poll.", 10, "10"),
        Key("url", web_address, "Where it is asked.", _BASE, f'"{_BASE}"'),
    ),
    every=timedelta(minutes=20),
    build=_build,
)
