"""The stream: what it says of posts, deletions and accounts, and what a poll does when it breaks off."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lab import made
from sites_stream import account, commit, frame, micros, stream_answer
from test_sources_golden import spelled
from web_server import Answer, Asked, WebServer

from sources import errors
from sources.errors import Malformed, Refused, SourceError, Unreachable
from sources.jetstream import read_events, squeezed
from sources.seen import Seen
from sources.source import Fetched, Source, Tools

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BEFORE = micros(NOW - timedelta(minutes=2))
DATA = Path(__file__).parent / "data" / "bluesky-jetstream"
GOLDEN = sorted(DATA.glob("*.json"))


def source(web: WebServer, tools: Tools) -> Source:
    url = web.url("/subscribe").replace("http", "ws")
    return made("bluesky-jetstream", tools, url=url, queries=["Hollybush Nursery"])


def poll(web: WebServer, tools: Tools, *messages: str, cursor: str | None = None) -> Fetched:
    web.otherwise = lambda asked: stream_answer(asked, messages)
    return source(web, tools).fetch(cursor)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_was_recorded_must_become_the_stated_posts(path: Path) -> None:
    golden: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    messages = [one if isinstance(one, str) else json.dumps(one) for one in golden["messages"]]
    if "error" in golden:
        kind, _, words = golden["error"].partition(": ")
        with pytest.raises(getattr(errors, kind), match=words):
            read_events(messages, ("hollybush",), NOW)
        return
    heard = read_events(messages, ("hollybush",), NOW)
    assert [spelled(post) for post in heard.posts] == golden["posts"]
    assert list(heard.deleted) == golden.get("deleted", [])
    assert list(heard.closed) == golden.get("closed", [])


def test_only_posts_with_a_name_must_come(web: WebServer, tools: Tools) -> None:
    fetched = poll(
        web,
        tools,
        commit(1, BEFORE, text="Rain again"),
        commit(2, BEFORE + 1, text="At #HollybushNursery today"),
        commit(3, BEFORE + 2, text="HOLLYBUSH  nursery’s ducks"),
    )
    assert [post.text for post in fetched.posts] == ["At #HollybushNursery today", "HOLLYBUSH nursery’s ducks"]
    assert fetched.seen == 3


def test_the_next_poll_must_ask_from_a_little_before_the_last_event(web: WebServer, tools: Tools) -> None:
    first = poll(web, tools, commit(1, BEFORE, text="Hollybush Nursery"))
    again = poll(web, tools, commit(1, BEFORE, text="Hollybush Nursery"), cursor=first.cursor)
    assert web.paths()[1].endswith(f"cursor={BEFORE - 5_000_000}")
    assert again.posts == ()


def test_deleted_posts_must_be_told_where_they_were_handed_over(web: WebServer, tools: Tools) -> None:
    first = poll(web, tools, commit(1, BEFORE, text="Hollybush Nursery"))
    deletions = (commit(1, BEFORE + 9, "delete"), commit(7, BEFORE + 10, "delete"))
    assert poll(web, tools, *deletions, cursor=first.cursor).gone == {"at://did:plc:ann/app.bsky.feed.post/1"}


@pytest.mark.parametrize(("active", "gone"), [(False, 1), (True, 0)])
def test_posts_of_accounts_that_are_gone_must_be_told(
    active: bool, gone: int, web: WebServer, tools: Tools
) -> None:
    first = poll(web, tools, commit(1, BEFORE, text="Hollybush Nursery"))
    told = account("did:plc:ann", BEFORE + 9, active=active)
    assert len(poll(web, tools, told, cursor=first.cursor).gone) == gone


def test_a_gap_must_be_said_once_and_then_passed(web: WebServer, tools: Tools) -> None:
    before = Seen(extra={"time_us": BEFORE - 3 * 3_600_000_000}).write()
    with pytest.raises(Unreachable, match=r"forgotten 3\.0 hours") as caught:
        poll(web, tools, commit(2, BEFORE, text="Hollybush Nursery"), cursor=before)
    later = poll(web, tools, commit(2, BEFORE, text="Hollybush Nursery"), cursor=caught.value.cursor)
    assert len(later.posts) == 1


def test_an_event_of_now_must_end_the_poll(web: WebServer, tools: Tools) -> None:
    fetched = poll(
        web, tools, commit(1, micros(NOW), text="Hollybush Nursery"), commit(2, micros(NOW) + 1, text="x")
    )
    assert fetched.seen == 1


def test_a_stream_that_breaks_off_must_keep_what_came(web: WebServer, tools: Tools) -> None:
    message = commit(1, BEFORE, text="Hollybush Nursery")
    web.otherwise = lambda asked: stream_answer(asked, [message], goodbye=False)
    assert len(source(web, tools).fetch(None).posts) == 1


def bytes_only(asked: Asked) -> Answer:
    opened = stream_answer(asked, [], goodbye=False)
    return Answer(opened.body + frame(2, b"\x00"), raw=True)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(lambda asked: stream_answer(asked, [], goodbye=False), Unreachable, id="breaks off at once"),
        pytest.param(lambda asked: stream_answer(asked, ["{}"]), Malformed, id="another message"),
        pytest.param(bytes_only, Malformed, id="bytes"),
        pytest.param(Answer(status=400), Malformed, id="odd question"),
        pytest.param(Answer(status=403), Refused, id="403"),
        pytest.param(Answer(drop=True), Unreachable, id="no answer"),
    ],
)
def test_failures_must_be_source_errors(answer: Any, kind: type[SourceError], web: WebServer, tools: Tools) -> None:
    web.otherwise = answer
    with pytest.raises(kind):
        source(web, tools).fetch(None)


def test_names_must_be_found_however_they_are_written() -> None:
    assert squeezed("Hollybush  Nursery’s!") == "hollybushnurserys"
