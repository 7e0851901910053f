"""Looking back, and looking again: what would have been told, and what is gone since."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from social_answers import json_answer
from typer.testing import CliRunner
from watched_school import grave, write_config
from web_server import Answer, Asked, WebServer
from web_server import rss as feed

from watcher.assembly import Parts, assembled
from watcher.commands.main import app
from watcher.commands.terminal import Stop
from watcher.config import load
from watcher.demo.mailbox import Mailbox

TIMELINE = "/api/v1/timelines/tag/hollybushnursery"
SOURCE = '\n[[source]]\nkind = "mastodon"\nname = "fediverse"\nurl = "{url}"\ntags = ["hollybushnursery"]\n'


def status(number: int, text: str, at: datetime) -> dict[str, object]:
    account = {"username": "ann", "display_name": "Ann"}
    link = f"https://social.example/@ann/{number}"
    return {"id": str(number), "url": link, "content": text, "created_at": at.isoformat(), "account": account}


class Server:
    """A Mastodon server whose statuses a test decides, one on a page."""

    def __init__(self, web: WebServer) -> None:
        self.statuses: list[dict[str, object]] = []
        web.otherwise = self.answer

    def answer(self, asked: Asked) -> Answer:
        path, _, query = asked.path.partition("?")
        if path == TIMELINE:
            older = query.partition("max_id=")[2]
            page = [one for one in self.statuses if not older or int(str(one["id"])) < int(older)][:1]
            return json_answer(page)
        number = path.rpartition("/")[2]
        there = any(one["id"] == number for one in self.statuses)
        return json_answer({"id": number}) if there else json_answer({"error": "Record not found"}, 404)


@pytest.fixture
def server(web: WebServer) -> Server:
    return Server(web)


@pytest.fixture
def config(web: WebServer, mailbox: Mailbox, tmp_path: Path) -> Path:
    return write_config(tmp_path, smtp_ports=(mailbox.port,), more=SOURCE.format(url=web.url("")))


def look_back(config: Path, since: datetime) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["backfill", "--since", f"{since:%Y-%m-%d}", "--config", str(config)])
    if isinstance(result.exception, Stop):
        return result.exception.code, result.output + str(result.exception)
    return result.exit_code, result.output


def test_the_past_must_be_reported_and_filed_without_alerting(
    server: Server, mailbox: Mailbox, config: Path
) -> None:
    now = datetime.now(UTC)
    days = [timedelta(hours=1), timedelta(days=5), timedelta(days=9), timedelta(days=90)]
    names = ["Kofi", "Ava", "Noah", "Zofia"]
    told = zip(days, names, strict=True)
    server.statuses = [status(9 - n, grave(name), now - age) for n, (age, name) in enumerate(told)]
    code, output = look_back(config, now - timedelta(days=30))
    assert code == 0, output
    assert "fediverse: 3 posts, 3 about us" in output
    assert "you would have been told of 3 at once" in output
    with assembled(load(config)) as parts:
        parts.outbox.deliver()
        assert len(parts.store.cases(parts.federation_id)) == 3
    assert len(mailbox.mails) == 1


def test_looking_back_twice_must_file_nothing_again(server: Server, mailbox: Mailbox, config: Path) -> None:
    now = datetime.now(UTC)
    server.statuses = [status(1, grave("Kofi"), now - timedelta(days=5))]
    for _ in range(2):
        look_back(config, now - timedelta(days=30))
    with assembled(load(config)) as parts:
        parts.runner.round(everything=True)
        parts.outbox.deliver()
        assert len(parts.store.cases(parts.federation_id)) == 1
    assert mailbox.mails == []


def test_a_source_without_a_past_must_be_named(web: WebServer, mailbox: Mailbox, tmp_path: Path) -> None:
    web.routes["/feed"] = Answer(feed(("1", "x", "y")))
    config = write_config(tmp_path, web.url("/feed"), smtp_ports=(mailbox.port,))
    code, output = look_back(config, datetime(2026, 1, 1, tzinfo=UTC))
    assert (code, "feed 0: its past cannot be read" in output) == (0, True)


def test_a_source_that_fails_must_be_named(web: WebServer, config: Path) -> None:
    web.otherwise = Answer(status=503)
    code, output = look_back(config, datetime(2026, 1, 1, tzinfo=UTC))
    assert (code, "not read: fediverse" in output) == (1, True)


def test_a_day_to_come_must_be_refused(config: Path) -> None:
    assert look_back(config, datetime.now(UTC) + timedelta(days=3))[0] == 2


def gone(parts: Parts) -> list[bool]:
    return [
        mention.gone_at is not None
        for case in parts.store.cases(parts.federation_id)
        for mention in parts.store.mentions_of(case.id)
    ]


def test_deleted_posts_of_open_cases_must_be_marked(server: Server, config: Path) -> None:
    clock = [datetime.now(UTC)]
    server.statuses = [status(2, "nothing of note", clock[0]), status(1, grave("Kofi"), clock[0])]
    with assembled(load(config), lambda: clock[0]) as parts:
        parts.runner.round(everything=True)
        del server.statuses[1]
        parts.runner.round(everything=True)
        assert gone(parts) == [False], "too young to be asked for"
        clock[0] += timedelta(hours=2)
        parts.runner.round(everything=True)
        assert gone(parts) == [True]
        first = parts.store.mentions_of(1)[0].gone_at
        clock[0] += timedelta(hours=7)
        parts.runner.round(everything=True)
        assert parts.store.mentions_of(1)[0].gone_at == first


def test_a_look_must_wait_its_time_and_not_stop_a_poll(server: Server, web: WebServer, config: Path) -> None:
    clock = [datetime.now(UTC)]
    server.statuses = [status(1, grave("Kofi"), clock[0])]
    with assembled(load(config), lambda: clock[0]) as parts:
        for _ in range(3):
            parts.runner.round(everything=True)
            clock[0] += timedelta(hours=2)
        looks = [path for path in web.paths() if "/statuses/" in path]
        assert len(looks) == 1
        clock[0] += timedelta(hours=7)
        web.routes["/api/v1/statuses/1"] = Answer(status=503)
        server.statuses.insert(0, status(2, grave("Ava"), clock[0]))
        (polled,) = parts.runner.round(everything=True)
        assert (polled.error, polled.new) == ("", 1)
        assert gone(parts) == [False, False]
