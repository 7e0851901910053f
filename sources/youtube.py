"""YouTube's interface for programs, as both of its kinds ask it. Asked with a school's own key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sources.answers import USUAL_REST, Response
from sources.api import ask
from sources.dates import read_date
from sources.documents import is_web_page, listing, read_json, string, table, tables
from sources.errors import Malformed, RateLimited, Refused, SourceError
from sources.keys import Key, secret, web_address
from sources.markup import line, tidy, to_text, web_link
from sources.meters import Meter
from sources.pages import Followed, Page
from sources.post import Post
from sources.seen import Seen, oldest_first
from sources.source import Fetched, Tools

GOOGLE_TIME = ZoneInfo("America/Los_Angeles")  #: where Google's days end
HOST = "YouTube"
LOOKED_UP = 50  #: videos or comments that are looked up at once
BASE = "https://www.googleapis.com/youtube/v3"
KEY = Key("key", secret, "The API key.", example='"${YOUTUBE_API_KEY}"', secret=True)
URL = Key("url", web_address, "Where it is asked.", BASE, f'"{BASE}"')
CREDENTIAL = "an API key of a free Google Cloud project with the YouTube Data API v3 switched on"
TERMS = "What is kept longer than 30 days must be looked up again or let go, which the re-check does."
_WITHOUT_COMMENTS = frozenset(("commentsDisabled", "videoNotFound", "forbidden"))


@dataclass(frozen=True, slots=True)
class Interface:
    """The interface, asked with one key."""

    address: str
    key: str = field(repr=False)
    tools: Tools

    def ask(self, path: str, query: Mapping[str, str], kept: tuple[int, ...] = ()) -> Response:
        """Return an answer. Raises SourceError."""
        explained = partial(explain, self.tools.now())
        own = {"X-Goog-Api-Key": self.key}
        return ask(self.tools, f"{self.address}/{path}", query, headers=own, explain=explained, kept=kept)

    def comments(self, where: Mapping[str, str], after: str, titles: Mapping[str, str], title: str) -> Page:
        """Return a page of comments; `titles` are those of videos by id, `title` that of all others."""
        asked = {"part": "snippet,replies", "order": "time", "maxResults": "100", "textFormat": "plainText"}
        answer = self.ask("commentThreads", {**asked, **where, "pageToken": after}, kept=(403, 404))
        now = self.tools.now()
        return self.tools.parsers.run(read_comments, answer.body, answer.status, dict(titles), title, now)

    def gone(self, post_ids: Iterable[str]) -> frozenset[str]:
        """Return which videos and comments are gone: those that the platform leaves out of its answer."""
        post_ids = tuple(post_ids)
        gone: set[str] = set()
        for what in ("video", "comment"):
            ids = [post_id.partition("/")[2] for post_id in post_ids if post_id.startswith(f"{what}/")]
            for start in range(0, len(ids), LOOKED_UP):
                some = ids[start : start + LOOKED_UP]
                answer = self.ask(f"{what}s", {"part": "id", "id": ",".join(some), "maxResults": str(LOOKED_UP)})
                there = self.tools.parsers.run(read_ids, answer.body)
                gone |= {f"{what}/{one}" for one in some if one not in there}
        return frozenset(gone)

    def vouch(self) -> str:
        """Ask for a video that is not there: one of 10,000 units a day, and no search."""
        self.gone(("video/none",))
        return "the API key"

    def meter(self, what: str, most: int) -> Meter:
        """Return an allowance of Google's day."""
        day = self.tools.now().astimezone(GOOGLE_TIME)
        return Meter(f"{what} of the day", most, f"{day:%Y-%m-%d}", next_day(self.tools.now()))


def joined(found: Followed, comments: Followed, kept: Mapping[str, Any], meter: Meter) -> Fetched:
    """Put videos and comments into one answer and one cursor, with what else is `kept` in it."""
    ends = {**found.seen.extra["ends"], **comments.seen.extra["ends"]}
    hashes = comments.seen.hashes | found.seen.hashes
    seen = Seen(hashes, found.seen.extra | {"ends": ends, **kept})
    posts = oldest_first([*reversed(comments.posts), *reversed(found.posts)])
    return Fetched(posts, meter.noted(seen).write(), found.shown + comments.shown)


def next_day(now: datetime) -> datetime:
    """Return when Google's next day begins, in UTC."""
    day = now.astimezone(GOOGLE_TIME).date() + timedelta(days=1)
    return datetime.combine(day, time(0), GOOGLE_TIME).astimezone(UTC)


def read_comments(body: bytes, status: int, titles: Mapping[str, str], title: str, now: datetime) -> Page:
    """Read a page of comments; none where nothing may be commented on or is gone. Runs in the parser pool."""
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
        only = next(iter(titles)) if len(titles) == 1 else ""
        video = string(thread, "snippet", "videoId") or only
        about = titles.get(video, title)
        posts += [_comment(comment, video, about, now) for comment in reversed(shown) if string(comment, "id")]
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


def video_post(number: str, said: Mapping[str, Any], text: str, published: str, now: datetime) -> Post:
    """Return a video by its id, what is said of it (its `snippet`), its description as text, and its time."""
    return Post(
        id=f"video/{number}",
        url=web_link(f"https://www.youtube.com/watch?v={number}", ""),
        text=text,
        title=line(string(said, "title")),
        author=line(string(said, "channelTitle")),
        platform="youtube",
        published=read_date(published, now),
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
        case "playlistNotFound" | "channelNotFound":
            raise Refused("YouTube shows nothing of this channel: it is gone, or has no videos yet")
        case "invalidPageToken" | "incompatibleParameters" as reason:
            raise Malformed(f"YouTube did not understand the question: {reason}")


def _reason(body: bytes) -> str:
    try:
        document = read_json(body, HOST)
    except SourceError:
        return ""
    errors = [*tables(document, "error", "errors"), *tables(document, "error", "details")]
    return next((line(string(error, "reason"))[:60] for error in reversed(errors) if string(error, "reason")), "")
