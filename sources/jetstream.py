"""Bluesky's stream of every public post, by its Jetstream servers. Needs no account.

Each poll connects with the time of the last event, reads for a bounded time until it has caught up, and leaves.
What has none of the searched names in it is dropped in the child that parses. The servers keep about a day and a
half; a longer stop is said, not passed over.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sources.bluesky_posts import record_post
from sources.bodies import MIB
from sources.documents import number, string, table, value
from sources.errors import Malformed, Unreachable
from sources.keys import Key, Wrong, text, words
from sources.post import Post
from sources.seen import Seen
from sources.source import Fetched, Kind, Source, Tools
from sources.streams import Bounds, read_stream

POSTS = "app.bsky.feed.post"
OVERLAP = timedelta(seconds=5)  #: read again, since events may come in a slightly different order
BEGIN = timedelta(minutes=5)  #: how far before now the first poll begins
GAP = timedelta(minutes=30)  #: a first event so much later than asked for means that the rest is forgotten
BOUNDS = Bounds(seconds=20.0, messages=50_000, size=64 * MIB)
BATCH = 2000  #: messages parsed in one call


@dataclass(frozen=True, slots=True)
class Heard:
    """What a batch of messages says."""

    posts: tuple[Post, ...] = ()  #: those with a searched name in them, as they came
    deleted: tuple[str, ...] = ()  #: ids of posts that their authors took away
    closed: tuple[str, ...] = ()  #: beginnings of the ids of all posts of accounts that are gone
    first: int = 0  #: microseconds of the first event
    last: int = 0


@dataclass(frozen=True, slots=True)
class JetstreamSource:
    """The stream, sifted for names."""

    address: str
    names: tuple[str, ...]  #: squeezed
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what came since the last poll."""
        seen = Seen.read(cursor)
        now = self.tools.now()
        begin = number(seen.extra, "time_us") or micros(now - BEGIN)
        asked = begin - micros_of(OVERLAP)
        url = f"{self.address}?wantedCollections={POSTS}&cursor={asked}"
        until = micros(now - OVERLAP)
        messages = read_stream(self.tools.client, url, BOUNDS, lambda message: _time_of(message) >= until)
        heard = [
            self.tools.parsers.run(read_events, messages[at : at + BATCH], self.names, now)
            for at in range(0, len(messages), BATCH)
        ]
        return self._fetched(seen, heard, begin, len(messages))

    def _fetched(self, seen: Seen, heard: list[Heard], begin: int, shown: int) -> Fetched:
        posts = [post for one in heard for post in one.posts]
        fresh, after = seen.fresh(reversed(posts))
        last = max([begin, *(one.last for one in heard)])
        after = replace(after, extra={"time_us": last})
        if "time_us" in seen.extra and heard and heard[0].first - begin > micros_of(GAP):
            hours = (heard[0].first - begin) / 3.6e9
            gap = Unreachable(
                f"the stream has forgotten {hours:.1f} hours since the last poll; it goes on from now"
            )
            gap.cursor = replace(seen, extra={"time_us": heard[0].first}).write()
            raise gap
        return replace(Fetched(fresh, after.write(), shown), gone=_gone(seen, heard))


def _gone(seen: Seen, heard: list[Heard]) -> frozenset[str]:
    """Return which of the posts handed over earlier were taken away."""
    deleted = {uri for one in heard for uri in one.deleted if uri in seen.hashes}
    closed = tuple(start for one in heard for start in one.closed)
    return frozenset(deleted | {uri for uri in seen.hashes if closed and uri.startswith(closed)})


def read_events(messages: list[str], names: tuple[str, ...], now: datetime) -> Heard:
    """Sift a batch of messages. Raises Malformed where it is not what the stream says. Runs in the parser pool."""
    posts: list[Post] = []
    deleted: list[str] = []
    closed: list[str] = []
    times: list[int] = []
    for message in messages:
        event = _event(message)
        times.append(number(event, "time_us"))
        commit = table(event, "commit")
        uri = f"at://{string(event, 'did')}/{POSTS}/{string(commit, 'rkey')}"
        if value(event, "account", "active") is False:
            closed.append(f"at://{string(event, 'did')}/")
        elif string(commit, "operation") == "delete":
            deleted.append(uri)
        elif string(commit, "collection") == POSTS:
            post = record_post(uri, table(commit, "record"), "", now)
            if any(name in squeezed(post.text) for name in names):
                posts.append(post)
    return Heard(tuple(posts), tuple(deleted), tuple(closed), times[0], max(times))


def _event(message: str) -> Mapping[str, Any]:
    try:
        event = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise Malformed("the stream sent a message that cannot be read") from error
    if not number(event, "time_us") or not string(event, "did"):
        raise Malformed("the stream sent a message without time or account; its interface may have changed")
    return table(event)


def squeezed(said: str) -> str:
    """Return a text as names are looked for in it: letters and digits only, in one case."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", said).casefold())


def _time_of(message: str) -> int:
    """Return an event's time without reading the event, which is the children's work; 0 where it has none."""
    found = re.search(r'"time_us"\s*:\s*(\d{1,17})', message[:200])
    return int(found[1]) if found else 0


def micros(moment: datetime) -> int:
    """Return microseconds since 1970."""
    return micros_of(moment - datetime(1970, 1, 1, tzinfo=UTC))


def micros_of(span: timedelta) -> int:
    """Return a span in microseconds."""
    return span // timedelta(microseconds=1)


def stream_address(value: Any) -> str:
    """The address of a stream."""
    if not re.fullmatch(r"wss?://[A-Za-z0-9.-]+(:\d+)?(/[\w./-]*)?", text(value)):
        raise Wrong("the address of a stream like wss://jetstream2.us-east.bsky.network/subscribe")
    return text(value)


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    names = tuple(name for query in settings["queries"] or tools.names if (name := squeezed(query)))
    return JetstreamSource(settings["url"], names, tools)


_SERVER = "wss://jetstream2.us-east.bsky.network/subscribe"
KIND = Kind(
    name="bluesky-jetstream",
    sees="Every public post on Bluesky that has a searched name in it, and which of them are deleted.",
    credential="none; needs the extra `stream`",
    limits="Some gigabytes a day through the school's connection; a stop of more than 36 hours leaves a gap.",
    terms="Open to everybody; deleted posts must be let go.",
    keys=(
        Key("queries", words, "Names to look for; left out, the federation's names.", (), '["Hollybush Nursery"]'),
        Key("url", stream_address, "The stream.", _SERVER, f'"{_SERVER}"'),
    ),
    every=timedelta(minutes=5),
    build=_build,
)
