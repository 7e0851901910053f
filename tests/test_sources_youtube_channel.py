"""A channel: how it may be named, and what its polls cost."""

from datetime import UTC, datetime, timedelta

import pytest
from lab import made
from social_answers import json_answer
from web_server import Answer, Asked, WebServer

from sources.documents import value
from sources.errors import RateLimited
from sources.keys import Wrong
from sources.seen import Seen
from sources.source import Held, Rechecks, Source, Spends, Tools
from sources.youtube_channel import channel_name

ID = "UC" + "h" * 22
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("@hollybush", "@hollybush"),
        ("https://www.youtube.com/@hollybush/videos", "@hollybush"),
        (f"https://youtube.com/channel/{ID}", ID),
        (ID, ID),
    ],
)
def test_a_channel_may_be_given_in_every_usual_way(given: str, name: str) -> None:
    assert channel_name(given) == name


@pytest.mark.parametrize("given", ["hollybush", "UCshort", "https://www.youtube.com/watch?v=a", "@a", 7])
def test_anything_else_must_be_refused(given: object) -> None:
    with pytest.raises(Wrong):
        channel_name(given)


class Channel:
    """A channel with as many pages of videos as anybody asks for."""

    def __init__(self, web: WebServer, pages: int = 1) -> None:
        self.pages = pages
        self.asked = 0
        web.otherwise = self.answer

    def answer(self, asked: Asked) -> Answer:
        self.asked += 1
        path, _, query = asked.path.partition("?")
        if path.endswith("channels"):
            return json_answer({"items": [{"id": ID, "snippet": {"title": "Hollybush"}}]})
        if not path.endswith("playlistItems"):
            return json_answer({"items": []})
        page = int(query.partition("pageToken=")[2] or 0)
        at = (NOW - timedelta(days=page)).isoformat()
        video = {"contentDetails": {"videoId": f"v{page}", "videoPublishedAt": at}, "snippet": {"title": "x"}}
        return json_answer({"items": [video]} | ({"nextPageToken": page + 1} if page + 1 < self.pages else {}))


def test_every_question_must_be_counted(web: WebServer, tools: Tools) -> None:
    channel = Channel(web, pages=3)
    source = made("youtube-channel", tools, key="k", channel="@hollybush", url=web.url(""))
    cursor = source.fetch(None).cursor
    assert value(Seen.read(cursor).extra, "meter", "spent") == channel.asked == 5  # it was found by 1, and kept
    assert isinstance(source, Spends)
    assert isinstance(source, Rechecks)
    cursor = source.look_back(NOW - timedelta(days=1), cursor).cursor
    cursor = source.recheck((Held("video/v1", ""), Held("comment/c", "")), cursor).cursor
    assert value(Seen.read(cursor).extra, "meter", "spent") == channel.asked


def poll_until_refused(source: Source) -> str:
    cursor = None
    for _ in range(20):
        try:
            cursor = source.fetch(cursor).cursor
        except RateLimited as error:
            return str(error)
    raise AssertionError("it was never refused")


def test_what_is_left_of_the_day_must_be_kept_to(web: WebServer, tools: Tools) -> None:
    channel = Channel(web, pages=100)
    source = made("youtube-channel", tools, key="k", channel="@hollybush", url=web.url(""), units=10)
    assert "units of the day are used up" in poll_until_refused(source)
    assert channel.asked == 10


def test_another_channel_must_be_looked_for_anew(web: WebServer, tools: Tools) -> None:
    channel = Channel(web)
    cursor = made("youtube-channel", tools, key="k", channel="@one", url=web.url("")).fetch(None).cursor
    before = channel.asked
    made("youtube-channel", tools, key="k", channel="@two", url=web.url("")).fetch(cursor)
    assert channel.asked == before + 3
