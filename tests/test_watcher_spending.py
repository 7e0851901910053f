"""What is asked beside the polls is counted where the polls count, and cannot pass the allowance."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from social_answers import google_error, json_answer
from typer.testing import CliRunner
from watched_school import write_config
from web_server import Answer, Asked, WebServer

from sources.documents import value
from sources.meters import Bill, billed, charged
from sources.seen import Seen
from watcher.assembly import assembled
from watcher.commands.main import app
from watcher.config import load
from watcher.demo.mailbox import Mailbox

YOUTUBE = (
    '\n[[source]]\nkind = "youtube-search"\nname = "videos"\nurl = "{url}"\nkey = "AIza"\nsearches = {searches}\n'
)
X = '\n[[source]]\nkind = "x"\nname = "x"\nurl = "{url}"\ntoken = "t"\napproved = true\ndollars = 1\nqueries = ["Hollybush"]\n'


def cursor(period: str, spent: float, **seen: str) -> str:
    return Seen(seen, {"meter": {"period": period, "spent": spent}}).write()


@pytest.mark.parametrize(
    ("before", "after", "amount"),
    [
        (None, cursor("d", 3), 3),
        (cursor("d", 2), cursor("d", 5), 3),
        (cursor("c", 90), cursor("d", 5), 5),
    ],
    ids=["first", "same day", "next day"],
)
def test_a_bill_must_be_what_came_on_top(before: str | None, after: str, amount: float) -> None:
    assert billed(before, after) == Bill("d", amount)


def test_nothing_must_be_billed_where_nothing_is_metered() -> None:
    assert billed(None, Seen({"a": "b"}).write()) is None


def test_a_charge_must_add_to_the_count_and_leave_the_posts_alone() -> None:
    kept = Seen.read(charged(cursor("d", 4, a="b"), Bill("d", 3)))
    assert (kept.hashes, value(kept.extra, "meter", "spent")) == ({"a": "b"}, 7)
    assert value(Seen.read(charged(cursor("c", 90), Bill("d", 3))).extra, "meter", "spent") == 3
    assert value(Seen.read(charged(None, Bill("d", 3))).extra, "meter", "spent") == 3


class Site:
    """YouTube and X at once; counts what is asked."""

    def __init__(self, web: WebServer) -> None:
        self.searches = 0
        self.posts = 0
        self.down = False
        self.locked = False
        web.otherwise = self.answer

    def answer(self, asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        if self.locked:
            return Answer(status=401)
        if path.endswith("/videos"):
            return json_answer({"items": []})
        if path.endswith("/tweets"):
            return json_answer({"errors": [{"resource_id": "1", "title": "Not Found Error"}]})
        if self.down:
            self.searches += path.endswith("search")
            return Answer(status=503)
        if path.endswith("/tweets/search/recent"):
            self.posts += 20
            rows = [{"id": str(10_000 + n), "text": "x", "created_at": "2026-11-24T08:00:00Z"} for n in range(20)]
            return json_answer({"data": rows, "meta": {"result_count": 20}})
        if path.endswith("search"):
            self.searches += 1
            return json_answer({"items": []})
        return google_error(403, "commentsDisabled")


@pytest.fixture
def site(web: WebServer) -> Site:
    return Site(web)


@pytest.fixture
def config(web: WebServer, mailbox: Mailbox, tmp_path: Path) -> Iterator[Path]:
    more = YOUTUBE.format(url=web.url("/youtube"), searches=3) + X.format(url=web.url(""))
    return write_config(tmp_path, smtp_ports=(mailbox.port,), more=more)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments], env={"COLUMNS": "300"})
    return done.output + str(done.exception or "")


def spent(config: Path, name: str) -> float:
    with assembled(load(config)) as parts:
        kept = Seen.read(parts.store.cursor_of(parts.federation_id, name)).extra
    found = value(kept, "meter", "spent")
    return float(found) if found is not None else 0.0


def test_a_check_must_be_counted(site: Site, config: Path) -> None:
    run("check", "--config", str(config))
    assert (spent(config, "videos"), spent(config, "x")) == (site.searches, site.posts * 0.005) == (1, 0.1)
    run("check", "--config", str(config))
    assert spent(config, "videos") == site.searches == 2


def test_a_check_must_tell_of_the_credential_before_it_spends(site: Site, config: Path) -> None:
    said = run("check", "--config", str(config))
    assert '"x" (x) credential accepted: the app\'s token' in said
    assert '"videos" (youtube-search) credential accepted: the API key' in said
    site.locked, site.searches, site.posts = True, 0, 0
    assert "answered 401: it asks to sign in, or does not accept the key" in run("check", "--config", str(config))
    assert (site.searches, site.posts) == (0, 0)


def test_a_check_that_fails_must_be_counted(site: Site, config: Path) -> None:
    site.down = True
    run("check", "--config", str(config))
    assert spent(config, "videos") == site.searches == 1


def test_a_check_must_not_pass_the_allowance(site: Site, config: Path) -> None:
    for _ in range(5):
        said = run("check", "--config", str(config))
    assert site.searches == 3
    assert "searches of the day are used up: 3 of 3" in said


def test_a_check_must_hide_no_post_from_the_next_poll(site: Site, config: Path) -> None:
    run("check", "--config", str(config))
    with assembled(load(config)) as parts:
        assert parts.store.cursor_of(parts.federation_id, "x") is not None
        polled = {one.source: one.new for one in parts.runner.round(everything=True)}
    assert polled["x"] == 20


def test_a_look_back_must_be_counted(site: Site, config: Path) -> None:
    day = datetime.now(UTC) - timedelta(days=3)
    run("backfill", "--since", f"{day:%Y-%m-%d}", "--config", str(config))
    assert (spent(config, "videos"), spent(config, "x")) == (site.searches, site.posts * 0.005) == (1, 0.1)


def test_nothing_that_costs_must_be_asked_where_it_cannot_be_counted(site: Site, config: Path) -> None:
    (config.parent / "w.db").mkdir()
    assert "nobody knows what it has spent" in run("check", "--config", str(config))
    assert (site.searches, site.posts) == (0, 0)
