"""One YouTube channel: its videos, and every comment under them.

YouTube's robots.txt keeps programs from the feeds of channels (/feeds/videos.xml), so the interface is asked for
uploads and comments, each list one unit of 10,000 a day. Units are counted like searches.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sources.documents import listing, read_json, string, table
from sources.errors import Refused
from sources.keys import Key, Wrong, text, whole_number
from sources.markup import line, tidy
from sources.meters import Meter
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Looked, Source, Tools
from sources.youtube import CREDENTIAL, HOST, KEY, LOOKED_UP, TERMS, URL, Interface, joined, video_post

TITLES = 500  #: of videos that are remembered, for the comments under them
_ID = re.compile(r"UC[\w-]{22}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that was found."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ChannelSource:
    """The videos of a channel and the comments under them."""

    interface: Interface
    channel: str  #: its id, or its handle with the @
    units: int  #: a day
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return new videos and comments, and those whose words have changed."""
        seen = Seen.read(cursor)
        meter = self._meter().opened(seen)
        with meter.remembered(seen):
            channel = self._channel(seen, meter)
            videos = follow({"videos": self._videos(channel, meter)}, seen)
            titles = self._titles(seen, videos.posts)
            comments = follow({"comments": self._comments(channel, titles, meter)}, seen)
        found = {"given": self.channel, "id": channel.id, "title": channel.title}
        return joined(videos, comments, {"channel": found, "titles": titles}, meter)

    def look_back(self, since: datetime, cursor: str | None) -> Looked:
        """Return the videos and comments since a time."""
        seen = Seen.read(cursor)
        meter = self._meter().opened(seen)
        with meter.remembered(seen):
            channel = self._channel(seen, meter)
            videos = reach_back({"videos": self._videos(channel, meter)}, since)
            titles = self._titles(seen, videos)
            comments = reach_back({"comments": self._comments(channel, titles, meter)}, since)
        return Looked((*videos, *comments), meter.noted(seen).write())

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which videos and comments are gone."""
        seen = Seen.read(cursor)
        meter = self._meter().opened(seen)
        with meter.remembered(seen):
            meter.spend(2 * -(-len(posts) // LOOKED_UP), self.tools.now())
            gone = self.interface.gone(post.id for post in posts)
        return Checked(gone, meter.noted(seen).write())

    def vouch(self) -> str:
        """Ask with the key, and for nothing that is counted."""
        return self.interface.vouch()

    def _meter(self) -> Meter:
        return self.interface.meter("units", self.units)

    def _channel(self, seen: Seen, meter: Meter) -> Channel:
        """Return the channel, as it was found once."""
        kept = table(seen.extra, "channel")
        if string(kept, "given") == self.channel:
            return Channel(string(kept, "id"), string(kept, "title"))
        meter.spend(1, self.tools.now())
        named = {"forHandle" if self.channel.startswith("@") else "id": self.channel}
        answer = self.interface.ask("channels", {"part": "snippet", **named})
        return self.tools.parsers.run(read_channel, answer.body, self.channel)

    def _titles(self, seen: Seen, videos: tuple[Post, ...]) -> dict[str, str]:
        known = {video: str(title) for video, title in table(seen.extra, "titles").items()}
        known |= {post.id.partition("/")[2]: post.title for post in videos}
        return dict(list(known.items())[-TITLES:])

    def _videos(self, channel: Channel, meter: Meter) -> Ask:
        asked = {"part": "snippet,contentDetails", "playlistId": f"UU{channel.id[2:]}", "maxResults": "50"}

        def page(after: str) -> Page:
            meter.spend(1, self.tools.now())
            answer = self.interface.ask("playlistItems", asked | {"pageToken": after})
            return self.tools.parsers.run(read_uploads, answer.body, self.tools.now())

        return page

    def _comments(self, channel: Channel, titles: Mapping[str, str], meter: Meter) -> Ask:
        def page(after: str) -> Page:
            meter.spend(1, self.tools.now())
            under = {"allThreadsRelatedToChannelId": channel.id}
            return self.interface.comments(under, after, titles, channel.title)

        return page


def read_channel(body: bytes, name: str) -> Channel:
    """Read what was found for a name. Runs in the parser pool."""
    document = read_json(body, HOST)
    found = listing(document, HOST, "items") if "items" in document else []
    if not found or not _ID.fullmatch(string(found[0], "id")):
        raise Refused(f"YouTube has no channel {name}")
    return Channel(string(found[0], "id"), line(string(found[0], "snippet", "title")))


def read_uploads(body: bytes, now: datetime) -> Page:
    """Read a page of a channel's videos. Runs in the parser pool."""
    document = read_json(body, HOST)
    items = listing(document, HOST, "items")
    posts = tuple(_video(item, now) for item in items if string(item, "contentDetails", "videoPublishedAt"))
    return Page(posts, string(document, "nextPageToken"), len(items))


def _video(item: Mapping[str, Any], now: datetime) -> Post:
    """Return a video; private and deleted ones have no time and were left out."""
    said, details = table(item, "snippet"), table(item, "contentDetails")
    text = tidy(string(said, "description"))  # as it was typed
    return video_post(string(details, "videoId"), said, text, string(details, "videoPublishedAt"), now)


def channel_name(given: Any) -> str:
    """A channel by its id, its handle, or its address."""
    name = text(given)
    parts = urlsplit(name)
    if parts.hostname in ("youtube.com", "www.youtube.com", "m.youtube.com"):
        name = parts.path.removeprefix("/channel").strip("/").partition("/")[0]
    if not _ID.fullmatch(name) and not re.fullmatch(r"@[\w.·-]{3,30}", name):
        raise Wrong('a channel like "@hollybushnursery", its address, or its id that begins with UC')
    return name


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    interface = Interface(settings["url"].rstrip("/"), settings["key"], tools)
    return ChannelSource(interface, settings["channel"], settings["units"], tools)


KIND = Kind(
    name="youtube-channel",
    sees="The videos of one channel, of the school's own or of a local organisation, and the comments under them.",
    credential=CREDENTIAL,
    limits="2 units a poll of 10,000 a day, counted here; of many answers to a comment only the first.",
    terms=TERMS,
    keys=(
        KEY,
        Key("channel", channel_name, "The channel: its handle, address or id.", example='"@hollybushnursery"'),
        Key("units", whole_number(10, 1_000_000), "Units a day, at most.", 2000, "2000"),
        URL,
    ),
    every=timedelta(minutes=20),
    build=_build,
)
