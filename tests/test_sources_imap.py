"""Mails: who counts, what they tell of, and what a hostile one can do."""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from lab import AUTHORITY, NOW, asking, made
from lab_network import PUBLIC
from mail_server import FOLDER, PASSWORD, USER, MailServer
from scripted_site import items
from sites_mail import SERVER, Mailbox, alert, mail
from social_answers import json_answer
from test_sources_golden import spelled
from typer.testing import CliRunner
from watched_school import write_config
from web_server import Answer, Asked, WebServer

from sources import errors
from sources.bearers import Bearer
from sources.bookmark import OVERLAP, TOLD_FOR, Bookmark
from sources.client import Client
from sources.errors import Refused
from sources.forwards import bare_subject, quoted
from sources.imap import KIND
from sources.keys import read_table
from sources.mail_posts import Rules, place_of, read_posts
from sources.mailbox import LARGEST_MAIL, Account, encoded_name, opened
from sources.manners import Manners
from sources.parsing import Parsers
from sources.redirects import unwrapped
from sources.source import Fetched, LooksBack, Source, Tools
from sources.vouching import read_vouching
from watcher.commands.main import app
from watcher.config import load

DATA = Path(__file__).parent / "data" / "imap"
GOLDEN = sorted(DATA.glob("*.json"))
RULES = Rules(SERVER, ("facebookmail.com",), ("office@school.example",), "Hollybush Nursery School")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_recorded_mail_must_become_the_stated_posts(path: Path) -> None:
    golden: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    raw = (DATA / golden["mail"]).read_bytes()
    if "error" in golden:
        kind, _, words = golden["error"].partition(": ")
        with pytest.raises(getattr(errors, kind), match=re.escape(words)):
            read_posts(raw, RULES, NOW)
        return
    reading = read_posts(raw, RULES, NOW)
    assert (reading.verdict, reading.server) == (golden["verdict"], golden.get("server", ""))
    assert [spelled(post) for post in reading.posts] == golden["posts"]


@pytest.mark.parametrize(
    ("field", "proven"),
    [
        ("mx.school.example; dkim=pass header.d=google.com", True),
        ("MX.School.Example 1; dkim=PASS (good key) header.i=x@google.com", True),
        ("mx.school.example; spf=pass; dkim=fail header.d=a.example; dkim=pass header.d=google.com", True),
        ("mx.school.example; dkim=pass header.d=com", False),
        ("mx.school.example; dkim=pass header.d=mail.google.com", False),
        ("mx.school.example; dkim=pass header.d=google.com.evil.example", False),
        ("mx.school.example; dkim=pass header.d=evil.example header.i=@google.com", False),
        ("mx.school.example; dkim=fail header.d=google.com", False),
        ("mx.school.example; dkim=policy (dkim=pass header.d=google.com)", False),
        ('mx.school.example; spf=fail reason="a; dkim=pass header.d=google.com"', False),
        ('mx.school.example; dkim=pass header.i="a header.d=google.com"@evil.example', False),
        ("mx.school.example; spf=fail smtp.mailfrom==?utf-8?q?=3B_dkim=3Dpass_header.d=3Dgoogle.com?=", False),
        ("mx.school.example; none", False),
        ("other.example; dkim=pass header.d=google.com", False),
        ("dkim=pass header.d=google.com", False),
        ("", False),
    ],
)
def test_only_a_right_signature_of_the_senders_domain_must_prove_it(field: str, proven: bool) -> None:
    raw = mail("googlealerts-noreply@google.com", "x", "y").as_bytes().replace(b": y\n", f": {field}\n".encode(), 1)
    verdict = ""
    try:
        verdict = read_posts(raw, RULES, NOW).verdict
    except errors.Malformed:
        verdict = "taken"  # proven, and empty
    assert verdict == ("taken" if proven else "unproven")


def test_a_domain_above_the_senders_must_prove_it() -> None:
    assert read_vouching("mx; dkim=pass header.d=google.com").proves("a@mail.google.com", "mx")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("note\n---- Original Message ----\nFrom: a\nTo: b\n\nwords", "words"),
        ("note\nBegin forwarded message:\n\nFrom: a\nSubject: b\n\nwords\nmore", "words\nmore"),
        ("note\n> words\n> > older\nend", "words\nolder"),
        ("words\n-- \nHead Office", "words"),
        ("", ""),
    ],
)
def test_what_was_forwarded_must_be_told_from_what_is_around_it(text: str, said: str) -> None:
    assert quoted(text) == said


@pytest.mark.parametrize("subject", ["Fwd: gate", "FW: Fwd: gate", "WG: gate", "gate"])
def test_a_subject_must_lose_its_shorthand(subject: str) -> None:
    assert bare_subject(subject) == "gate"


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("https://www.google.co.uk/url?q=https://a.example/b", "https://a.example/b"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2F&h=x", "https://a.example/"),
        ("https://www.google.evil.example/url?q=https://a.example/", "https://www.google.evil.example/url?q=https://a.example/"),
        ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"),
        ("https://a.example/url?q=https://b.example/", "https://a.example/url?q=https://b.example/"),
    ],
)  # fmt: skip
def test_links_must_lead_where_they_end(link: str, leads: str) -> None:
    assert unwrapped(link) == leads


def test_places_must_be_known_by_their_whole_domain() -> None:
    assert place_of("https://m.facebook.com/x") == "facebook"
    assert place_of("https://notfacebook.com/x") == "other"


@pytest.mark.parametrize(
    ("folder", "sent"), [("INBOX", "INBOX"), ("Nö & x", "N&APY- &- x"), ("日本", "&ZeVnLA-"), ("a/b", "a/b")]
)
def test_names_of_folders_must_travel_as_imap_wants_them(folder: str, sent: str) -> None:
    assert encoded_name(folder) == sent


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


def asking_mail(server: MailServer) -> AbstractContextManager[Client]:
    return asking(server, {993: (server.host, server.port), 143: (server.host, server.port)})  # type: ignore[arg-type]


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
    later = replace(source, tools=replace(source.tools, now=lambda: NOW + TOLD_FOR))  # type: ignore[type-var,attr-defined]
    assert later.fetch(first.cursor).remark == ""


def test_a_forged_mail_must_not_take_the_place_of_a_true_one(site: Mailbox, source: Source) -> None:
    (one,) = items(1)
    site.server.deliver(alert(one, "mx.evil.example; dkim=pass header.d=google.com"))
    first = source.fetch(None)
    site.server.deliver(alert(one))  # with the same Message-ID
    assert titles(source.fetch(first.cursor)) == ["Item 1"]


def nested(depth: int) -> bytes:
    head = b"From: googlealerts-noreply@google.com\r\nMIME-Version: 1.0\r\n"
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return head + parts + b"\r\nend"


HOSTILE = {
    "nested deep": nested(2000),
    "many headers": b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\nwords",
    "many senders": b"From: " + b"a@b.example, " * 20_000 + b"\r\n\r\nwords",
    "long address": b"From: " + b"(" * 50_000 + b"\r\n\r\nwords",
    "many parts": b"From: googlealerts-noreply@google.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 5_000,
    "odd bytes": bytes(range(256)) * 100,
    "odd charset": b"From: googlealerts-noreply@google.com\r\nContent-Type: text/html; charset=undefined\r\n\r\n\xff<p>",
    "open markup": b"From: googlealerts-noreply@google.com\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 100_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_mail_must_cost_one_call(raw: bytes, parsers: Parsers) -> None:
    with suppress(errors.Malformed):
        assert parsers.run(read_posts, raw, RULES, NOW).posts == ()
    assert parsers.run(read_posts, alert(items(1)[0]), RULES, NOW).posts


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
    forwarding = replace(source, rules=replace(RULES))  # type: ignore[type-var,attr-defined]
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


@pytest.mark.parametrize("at_once", [True, False], ids=["implicit", "STARTTLS"])
def test_the_connection_must_be_encrypted_either_way(at_once: bool, parsers: Parsers) -> None:
    with (
        MailServer(AUTHORITY.issue_cert("imap.school.example"), at_once=at_once) as server,
        asking_mail(server) as client,
    ):
        account = Account(f"{'imaps' if at_once else 'imap'}://imap.school.example", USER, PASSWORD)
        with opened(client, account, FOLDER) as folder:
            assert (folder.count, folder.newest(), folder.after(0)) == (0, 0, [])


def test_what_is_slipped_in_before_the_encryption_must_end_the_connection() -> None:
    with MailServer(AUTHORITY.issue_cert("imap.school.example"), at_once=False) as server:
        server.fails = "slipped in"
        with asking_mail(server) as client:
            account = Account("imap://imap.school.example", USER, PASSWORD)
            with pytest.raises(errors.SourceError, match="broke off"), opened(client, account, FOLDER):
                pass


def test_no_password_must_travel_without_encryption_to_strangers() -> None:
    with (
        MailServer(AUTHORITY.issue_cert("imap.school.example"), encrypted=False) as server,
        asking_mail(server) as client,
    ):
        for account, words in (
            (Account("imap://imap.school.example", USER, PASSWORD), "offers no encryption"),
            (Account("imap://imap.school.example", USER, PASSWORD, encrypted=False), "without encryption"),
        ):
            with pytest.raises(Refused, match=words), opened(client, account, FOLDER):
                pass


def test_a_server_of_the_own_network_may_be_asked_without_encryption() -> None:
    with MailServer(AUTHORITY.issue_cert("imap.school.example"), encrypted=False) as server:
        client = Client(Manners(allow=("127.0.0.0/8",), spacing=0.0), now=lambda: NOW)
        account = Account(f"imap://127.0.0.1:{server.port}", USER, PASSWORD, encrypted=False)
        with opened(client, account, FOLDER) as folder:
            assert folder.count == 0
        client.close()


@pytest.mark.parametrize("url", ["imaps://127.0.0.1", "imaps://10.0.0.1:993"])
def test_private_addresses_must_be_refused(url: str) -> None:
    strict = Client(Manners(spacing=0.0), now=lambda: NOW)
    with pytest.raises(Refused, match="not a public address"), opened(strict, Account(url, USER, PASSWORD), FOLDER):
        pass
    strict.close()


def test_odd_ports_of_public_addresses_must_be_refused(site: Mailbox) -> None:
    with asking_mail(site.server) as client:
        account = Account(f"imaps://{PUBLIC}:25", USER, PASSWORD)
        with pytest.raises(Refused, match="port 25 is not asked"), opened(client, account, FOLDER):
            pass


def test_a_certificate_of_somebody_else_must_be_refused(site: Mailbox) -> None:
    client = Client(
        Manners(allow=("127.0.0.0/8",), spacing=0.0), now=lambda: NOW, verify=ssl.create_default_context()
    )
    account = Account(f"imaps://127.0.0.1:{site.server.port}", USER, PASSWORD)
    with pytest.raises(Refused, match="certificate"), opened(client, account, FOLDER):
        pass
    client.close()


def trusting_client() -> Client:
    trusting = ssl.create_default_context()
    AUTHORITY.configure_trust(trusting)
    return Client(Manners(allow=("127.0.0.0/8",), spacing=0.0), now=lambda: NOW, verify=trusting)


class TokenServer:
    """Gives an application its tokens, one after the other."""

    def __init__(self, web: WebServer) -> None:
        self.refuses = False
        self.given = 0
        web.otherwise = self.answer

    def answer(self, asked: Asked) -> Answer:
        wanted = parse_qs(asked.body.decode())
        if self.refuses or wanted["client_secret"] != ["s3cret & more"]:
            why = "AADSTS7000215: Invalid client secret provided. Trace ID: 1"
            return json_answer({"error": "invalid_client", "error_description": why}, 401)
        assert wanted["grant_type"] == ["client_credentials"]
        assert wanted["scope"] == ["https://outlook.office365.com/.default"]
        self.given += 1
        return json_answer({"token_type": "Bearer", "expires_in": 3599, "access_token": f"token{self.given}"})


@pytest.fixture
def by_token(web: WebServer, parsers: Parsers) -> Iterator[tuple[TokenServer, MailServer, Source]]:
    tokens = TokenServer(web)
    with MailServer(AUTHORITY.issue_cert("127.0.0.1"), tokens=("token1", "token3")) as server:
        client = trusting_client()
        table = {
            "url": f"imaps://127.0.0.1:{server.port}", "user": USER, "folder": FOLDER, "authserv_id": "-",
            "token_url": web.url("/token"), "client_id": "app", "client_secret": "s3cret & more",
        }  # fmt: skip
        yield (
            tokens,
            server,
            made("imap", Tools(client, parsers, ("Hollybush Nursery School",), lambda: NOW), **table),
        )
        client.close()


NAMELESS = "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=google.com; dkim=pass (signature was verified) header.d=google.com;dmarc=pass action=none header.from=google.com;compauth=pass reason=100"


def test_an_application_must_sign_in_with_a_token_that_it_keeps(
    by_token: tuple[TokenServer, MailServer, Source],
) -> None:
    tokens, server, source = by_token
    server.deliver(alert(items(1)[0], NAMELESS))
    first = source.fetch(None)
    assert titles(first) == ["Item 1"]
    source.fetch(first.cursor)
    assert tokens.given == 1


def test_a_token_that_is_not_accepted_must_be_replaced(by_token: tuple[TokenServer, MailServer, Source]) -> None:
    tokens, _, source = by_token
    tokens.given = 1  # the next is the second, which the server does not know
    with pytest.raises(Refused, match="does not accept"):
        source.fetch(None)
    assert source.fetch(None).posts == ()
    assert tokens.given == 3


def test_why_no_token_is_given_must_be_told_without_the_secret(
    by_token: tuple[TokenServer, MailServer, Source],
) -> None:
    tokens, _, source = by_token
    tokens.refuses = True
    with pytest.raises(Refused, match="AADSTS7000215: Invalid client secret provided") as caught:
        source.fetch(None)
    assert "s3cret" not in f"{caught.value} {source!r}"


@pytest.mark.parametrize("answer", [{}, {"access_token": "t"}, []])
def test_a_token_server_that_gives_none_must_be_told(answer: Any, web: WebServer, tools: Tools) -> None:
    web.otherwise = json_answer(answer)
    with pytest.raises(errors.Malformed, match="gave no token"):
        Bearer(web.url("/token"), "a", "b", "c").token(tools.client, tools.parsers)


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
