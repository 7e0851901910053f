"""`watcher poll`, from a feed on a real server to a mail in a real mailbox."""

from pathlib import Path

import pytest
from typer.testing import CliRunner
from watched_school import grave, write_config
from web_server import Answer, WebServer, rss

from watcher.commands.main import app
from watcher.commands.terminal import Stop
from watcher.demo.mailbox import Mailbox


def poll(config: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["poll", "--config", str(config)])
    if isinstance(result.exception, Stop):
        return result.exception.code, result.output + str(result.exception)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def config(web: WebServer, mailbox: Mailbox, tmp_path: Path) -> Path:
    return write_config(tmp_path, web.url("/feed"), smtp_ports=(mailbox.port,))


def test_a_planted_post_must_reach_the_head_once(web: WebServer, mailbox: Mailbox, config: Path) -> None:
    web.routes["/feed"] = Answer(rss(("1", "Carnival", grave("Kofi")), ("2", "Weather", "It rained in town")))
    assert poll(config)[0] == 0
    assert poll(config)[0] == 0
    (mail,) = mailbox.mails
    assert mail.subject.startswith("Possible safeguarding")
    assert mail.subject.endswith("concern on a news site (ref HN-2026-0001)")
    assert "Kofi" not in mail.path.read_text()
    assert "[name]" in mail.part("plain")
    assert "/cases/HN-2026-0001" in mail.part("plain")  # Apprise drops the addresses behind links there
    assert "seizure" in mail.part("html")


def test_the_same_matter_from_two_sources_must_tell_once(web: WebServer, mailbox: Mailbox, tmp_path: Path) -> None:
    for path in ("/a", "/b"):
        web.routes[path] = Answer(rss((path, f"Title {path}", grave("Kofi"))))
    config = write_config(tmp_path, web.url("/a"), web.url("/b"), smtp_ports=(mailbox.port,))
    assert poll(config)[0] == 0
    assert len(mailbox.mails) == 1


def test_a_failing_source_must_not_stop_the_others(web: WebServer, mailbox: Mailbox, tmp_path: Path) -> None:
    web.routes["/good"] = Answer(rss(("1", "x", grave("Kofi"))))
    config = write_config(tmp_path, web.url("/gone"), web.url("/good"), smtp_ports=(mailbox.port,))
    code, output = poll(config)
    assert code == 1
    assert "not read: feed 0" in output
    assert len(mailbox.mails) == 1


def test_a_mail_server_that_is_away_must_lose_nothing(web: WebServer, mailbox: Mailbox, tmp_path: Path) -> None:
    web.routes["/feed"] = Answer(rss(("1", "x", grave("Kofi"))))
    code, output = poll(write_config(tmp_path, web.url("/feed"), smtp_ports=(9,)))
    assert code == 1
    assert "will be sent again" in output
    from watcher.assembly import assembled, utc_now
    from watcher.config import load
    from watcher.schedule import LONGEST_PAUSE

    config = load(write_config(tmp_path, web.url("/feed"), smtp_ports=(mailbox.port,)))
    with assembled(config, lambda: utc_now() + LONGEST_PAUSE) as parts:
        parts.outbox.deliver()
    assert [mail.subject.startswith("Possible") for mail in mailbox.mails] == [True]


def test_a_second_channel_must_take_over(web: WebServer, mailbox: Mailbox, tmp_path: Path) -> None:
    from datetime import timedelta

    from watcher.assembly import assembled, utc_now
    from watcher.config import load

    web.routes["/feed"] = Answer(rss(("1", "x", grave("Kofi"))))
    config = load(write_config(tmp_path, web.url("/feed"), smtp_ports=(9, mailbox.port), more=""))
    only_head = config.path.read_text().replace('name = "deputy"\n', 'name = "deputy"\nconcerns = []\n')
    config.path.write_text(only_head)
    config = load(config.path)
    with assembled(config) as parts:
        parts.runner.round(everything=True)
        parts.outbox.deliver()
        assert mailbox.mails == []
    with assembled(config, lambda: utc_now() + timedelta(minutes=16)) as parts:
        parts.outbox.deliver()
    assert [mail.recipients for mail in mailbox.mails] == [("deputy@school.example",)]


def test_a_storm_must_be_rolled_up(web: WebServer, mailbox: Mailbox, tmp_path: Path) -> None:
    names = ("Kofi", "Ava", "Noah", "Zofia", "Idris", "Maya", "Leo", "Aisha", "Tomasz", "Poppy")
    web.routes["/feed"] = Answer(rss(*((name, "x", grave(name)) for name in names)))
    path = write_config(tmp_path, web.url("/feed"), smtp_ports=(mailbox.port,))
    path.write_text(path.read_text().replace("per_hour = 60", "per_hour = 3"))
    poll(path)
    assert len(mailbox.mails) == 3
    assert mailbox.mails[-1].subject.startswith("8 new cases, safeguarding among them")


def test_an_edit_that_adds_a_concern_must_be_told_as_graver(web: WebServer, mailbox: Mailbox, config: Path) -> None:
    web.routes["/feed"] = Answer(rss(("1", "x", grave("Kofi"))))
    poll(config)
    worse = (
        "The head of Hollybush Nursery stole the dinner money, she is a thief and a liar and covered up the fraud"
    )
    web.routes["/feed"] = Answer(rss(("1", "x", f"{grave('Kofi')}. {worse}. {worse} again.")))
    poll(config)
    assert len(mailbox.mails) <= 2
    assert mailbox.mails[0].subject.startswith("Possible")


def test_reference_only_must_keep_the_post_out_of_the_mail(web: WebServer, mailbox: Mailbox, config: Path) -> None:
    web.routes["/feed"] = Answer(rss(("1", "x", grave("Kofi"))))
    config.write_text(config.read_text().replace("per_hour = 60", 'per_hour = 60\ndetail = "reference"'))
    poll(config)
    assert "seizure" not in mailbox.mails[0].path.read_text()


def test_a_bad_configuration_must_stop_before_anything(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[federation]\n")
    code, output = poll(path)
    assert code == 2
    assert "[federation], name: expected a value" in output
