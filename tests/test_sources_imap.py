"""A folder of mails as a source: nothing lost, repeated or hidden, and told what did not count."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hostile_mails import HOSTILE
from lab import AUTHORITY, NOW, made
from mail_server import FOLDER, PASSWORD, USER, MailServer
from scripted_site import items
from sites_mail import SERVER, Mailbox, alert, asking_mail, mail
from typer.testing import CliRunner
from watched_school import write_config

from sources.bookmark import OVERLAP, TOLD_FOR, Bookmark
from sources.client import Client
from sources.errors import Refused
from sources.imap import KIND
from sources.keys import read_table
from sources.mail_posts import Rules
from sources.mailbox import LARGEST_MAIL
from sources.parsing import Parsers
from sources.source import Fetched, LooksBack, Source, Tools
from watcher.commands.main import app
from watcher.config import load


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", "https://imap.school.example"),
        ("url", "imaps://user@imap.school.example"),
        ("url", "imaps://imap.school.example/Alerts"),
        ("url", "imaps://imap.school.example:99999999"),
        ("user", "a\r\nb"),
        ("password", ""),
        ("authserv_id", "a b"),
        ("forwarders", ["school.example"]),
        ("senders", ["com"]),
        ("encrypted", "no"),
    ],
)
def test_wrong_keys_must_be_refused(key: str, value: object) -> None:
    right = {"url": "imaps://a.example", "user": "a", "password": "b", "authserv_id": "mx"}
    assert [fault.key for fault in read_table(right | {key: value}, KIND.keys)[1]] == [key]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path)
    yield mailbox
    mailbox.close()


@pytest.fixture
def source(site: Mailbox, parsers: Parsers) -> Iterator[Source]:
    with asking_mail(site.server) as client:
        yield built(site, client, parsers)


def built(site: Mailbox, client: Client, parsers: Parsers, **changes: object) -> Source:
    settings, faults = read_table(site.table() | changes, KIND.keys)
    assert not faults
    return KIND.build(settings, Tools(client, parsers, ("Hollybush Nursery School",), lambda: NOW))


def titles(fetched: Fetched) -> list[str]:
    return [post.title for post in fetched.posts]


def test_nothing_must_be_marked_as_read(site: Mailbox, source: Source) -> None:
    site.show(items(1, 2))
    assert titles(source.fetch(None)) == ["Item 1", "Item 2"]
    assert site.server.flags() == [b"1 (FLAGS ())", b"2 (FLAGS ())"]


def test_new_numbers_must_repeat_nothing_and_hide_nothing(site: Mailbox, source: Source) -> None:
    site.show(items(1, 2, 3))
    first = source.fetch(None)
    site.server.renumber()
    site.show(items(1, 2, 3, 4))
    second = source.fetch(first.cursor)
    assert titles(second) == ["Item 4"]
    assert source.fetch(second.cursor).posts == ()


def test_mails_older_than_a_week_must_not_be_told_as_news(site: Mailbox, source: Source) -> None:
    site.server.deliver(alert(items(1)[0]), arrived=NOW - timedelta(days=20))
    site.server.deliver(alert(items(2)[0]))
    first = source.fetch(None)
    assert titles(first) == ["Item 2"]
    assert source.fetch(first.cursor).posts == ()


def test_an_old_mail_that_is_moved_into_the_folder_later_must_be_read(site: Mailbox, source: Source) -> None:
    first = source.fetch(None)
    site.server.deliver(alert(items(1)[0]), arrived=NOW - timedelta(days=20))
    assert titles(source.fetch(first.cursor)) == ["Item 1"]


def test_a_mail_numbered_below_the_last_must_be_read(site: Mailbox, source: Source) -> None:
    site.show(items(1, 2, 3))
    cursor = json.loads(source.fetch(None).cursor)
    cursor["extra"]["near"].pop(1)  # as if it had not lain there
    cursor["extra"]["marks"].pop(1)
    cursor["seen"].pop("https://paper.example/2")
    assert titles(source.fetch(json.dumps(cursor))) == ["Item 2"]


def test_mails_that_do_not_count_must_be_told(site: Mailbox, source: Source) -> None:
    site.show(items(1))
    one, two = items(2, 3)
    site.server.deliver(
        alert(one, f"{SERVER}; dkim=none"),
        alert(two, "mx.evil.example; dkim=pass header.d=google.com"),
        mail("shop@shop.example", "Buy", "").as_bytes(),
        b"no mail at all",
    )
    fetched = source.fetch(None)
    assert titles(fetched) == ["Item 1"]
    assert fetched.partial
    assert "2 not proven to be of the sender they name ('mx.evil.example' vouched" in fetched.remark
    assert "1 not readable; 1 of other senders" in fetched.remark
    assert source.fetch(fetched.cursor).remark == fetched.remark


def test_strangers_alone_must_not_make_a_mailbox_look_blind(site: Mailbox, source: Source) -> None:
    site.server.deliver(mail("shop@shop.example", "Buy", "").as_bytes())
    fetched = source.fetch(None)
    assert (fetched.partial, fetched.remark) == (False, "mails of the last 7 days: 1 of other senders, left alone")


def test_what_did_not_count_must_be_forgotten_after_a_while(site: Mailbox, source: Source) -> None:
    site.server.deliver(b"no mail at all")
    first = source.fetch(None)
    later = replace(source, tools=replace(source.tools, now=lambda: NOW + TOLD_FOR))  # type: ignore[type-var,attr-defined]  # it is a dataclass
    assert later.fetch(first.cursor).remark == ""


def test_a_forged_mail_must_not_take_the_place_of_a_true_one(site: Mailbox, source: Source) -> None:
    (one,) = items(1)
    site.server.deliver(alert(one, "mx.evil.example; dkim=pass header.d=google.com"))
    first = source.fetch(None)
    site.server.deliver(alert(one))  # with the same Message-ID
    assert titles(source.fetch(first.cursor)) == ["Item 1"]


def test_hostile_mails_must_hide_no_other_and_be_told(site: Mailbox, source: Source) -> None:
    (one,) = items(1)
    mails = [HOSTILE[name] for name in ("many headers", "odd bytes", "odd charset", "open markup")]
    site.server.deliver(*mails, alert(one))
    fetched = source.fetch(None)
    assert titles(fetched) == ["Item 1"]
    counted = sum(int(number) for number in re.findall(r"(\d+) (?:not|of)", fetched.remark.partition(":")[2]))
    assert counted == len(mails)


def test_of_a_huge_mail_its_beginning_must_be_read(site: Mailbox, source: Source) -> None:
    whole = EmailMessage()
    whole["From"], whole["Subject"] = "office@school.example", "FW: pictures"
    whole["Authentication-Results"] = f"{SERVER}; dkim=pass header.d=school.example"
    whole.set_content("On https://blog.example/7 they say the gate is open.")
    whole.add_attachment(b"\x00" * (LARGEST_MAIL + 500_000), maintype="image", subtype="jpeg")
    site.server.deliver(whole.as_bytes())
    forwarding = replace(source, rules=Rules(SERVER, (), ("office@school.example",), "Hollybush Nursery School"))  # type: ignore[type-var]  # it is a dataclass
    (post,) = forwarding.fetch(None).posts
    assert (post.url, post.title) == ("https://blog.example/7", "pictures (Hollybush Nursery School)")


def test_many_unreadable_mails_must_not_hold_up_a_poll_and_be_left_behind_in_the_end(
    site: Mailbox, source: Source
) -> None:
    site.server.deliver(*(b"no mail %d" % n for n in range(12)), alert(items(1)[0]))
    first = source.fetch(None)
    assert first.posts == ()
    second = source.fetch(first.cursor)
    assert titles(second) == ["Item 1"]
    assert "12 not readable" in second.remark


def test_a_mailbox_without_password_and_application_must_be_told(tools: Tools) -> None:
    source = made("imap", tools, url="imaps://a.example", user="u", authserv_id="-")
    with pytest.raises(Refused, match="needs a password"):
        source.fetch(None)


def test_the_past_must_be_read_back(site: Mailbox, source: Source) -> None:
    site.server.deliver(*map(alert, items(*range(1, 104))), arrived=NOW - timedelta(days=30))
    site.show(items(110))
    assert isinstance(source, LooksBack)
    assert len(source.back(NOW - timedelta(days=40))) == 104
    assert [post.title for post in source.back(NOW - timedelta(minutes=12))] == ["Item 110"]


CONFIG = """
[[source]]
kind = "imap"
name = "mail"
url = "imap://127.0.0.1:{port}"
user = "${{IMAP_USER}}"
password = "${{IMAP_PASSWORD}}"
authserv_id = "mx.school.example"
folder = "{folder}"
encrypted = false
"""


@pytest.mark.parametrize(
    ("password", "folder", "said"),
    [
        (PASSWORD, FOLDER, '"mail" (imap) answers, 1 items; mails of the last 7 days: 1 not proven'),
        ("wrong", FOLDER, "does not accept user and password"),
        (PASSWORD, "Other", "the folder 'Other' cannot be opened"),
    ],
)
def test_a_check_must_test_sign_in_folder_and_proofs(
    password: str, folder: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAP_USER", USER)
    monkeypatch.setenv("IMAP_PASSWORD", password)
    with MailServer(AUTHORITY.issue_cert("imap.school.example"), encrypted=False) as server:
        server.deliver(alert(items(1)[0], "mx.evil.example; dkim=none"), arrived=datetime.now(UTC))
        config = write_config(tmp_path, smtp_ports=(9,), more=CONFIG.format(port=server.port, folder=folder))
        done = CliRunner().invoke(app, ["check", "--config", str(config)], env={"COLUMNS": "300"})
    assert said in done.output + str(done.exception)


def test_a_mailbox_may_be_added_by_asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAP_USER", USER)
    monkeypatch.setenv("IMAP_PASSWORD", PASSWORD)
    config = write_config(tmp_path, smtp_ports=(9,))
    with MailServer(AUTHORITY.issue_cert("imap.school.example"), encrypted=False) as server:
        keys = (f"imap://127.0.0.1:{server.port}", "IMAP_USER", "IMAP_PASSWORD", "mx.school.example", FOLDER)
        typed = "\n".join(["mail", *keys, "office@school.example", "", "false", *[""] * 4]) + "\n"
        done = CliRunner().invoke(app, ["sources", "add", "imap", "--config", str(config)], input=typed)
    assert "added: it answers" in done.output, done.output
    (source,) = load(config).sources
    assert source.settings["forwarders"] == ("office@school.example",)


def test_a_bookmark_must_survive_being_closed_and_opened() -> None:
    marked = Bookmark("e", 7, (6, 7), ("a",), NOW.date(), {"2026-11-24": {"unproven": 1}}, "mx")
    assert Bookmark.read(json.loads(json.dumps(marked.write()))) == marked
    assert OVERLAP > 0
