"""One message, one address, one honest outcome: against real mail and web servers."""

import email
import email.policy
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from mail_servers import mail_server, serving

from watcher.demo.mailbox import Mailbox
from watcher.messages import Message
from watcher.notify import Fate, send, understands

MESSAGE = Message(
    "Possible thing (ref HB-1)", "plain *text*\n", "<html><body><p>rich <b>text</b></p></body></html>"
)


MAIL = {
    "accepted": ((), Fate.SENT),
    "dropped when connecting": ((("connect", "drop"),), Fate.RETRY),
    "busy when connecting": ((("connect", "421 later"),), Fate.RETRY),
    "dropped at hello": ((("EHLO", "drop"),), Fate.RETRY),
    "sender busy": ((("MAIL", "451 later"),), Fate.RETRY),
    "sender refused": ((("MAIL", "550 no"),), Fate.REFUSED),
    "recipient busy": ((("RCPT", "450 later"),), Fate.RETRY),
    "recipient refused": ((("RCPT", "550 unknown"),), Fate.REFUSED),
    "dropped at recipient": ((("RCPT", "drop"),), Fate.RETRY),
    "data busy": ((("DATA", "451 later"),), Fate.RETRY),
    "body busy": ((("body", "452 full"),), Fate.RETRY),
    "body refused": ((("body", "554 spam"),), Fate.REFUSED),
    "dropped after the body": ((("body", "drop"),), Fate.AMBIGUOUS),
    "dropped at goodbye": ((("QUIT", "drop"),), Fate.SENT),
}


@pytest.mark.parametrize("name", MAIL)
def test_every_answer_of_a_mail_server_must_have_its_fate(name: str) -> None:
    script, fate = MAIL[name]
    with mail_server(*script) as address:
        outcome = send(address, MESSAGE, "HB-1")
    assert outcome.fate is fate
    assert bool(outcome.error) is (fate is not Fate.SENT)


@pytest.mark.parametrize("kind", ["mail", "web"])
def test_a_message_that_is_no_longer_ours_must_not_go_out(kind: str) -> None:
    with mail_server(("DATA", "500 must not be asked")) as mail, web_server(404) as web:
        outcome = send(mail if kind == "mail" else web, MESSAGE, "HB-1", lambda: False)
    assert outcome.fate is Fate.RETRY


def test_a_mail_server_that_is_away_must_be_tried_again() -> None:
    assert send("mailto://127.0.0.1:9/?from=a@x.example&to=b@x.example", MESSAGE, "HB-1").fate is Fate.RETRY


@contextmanager
def web_server(status: int | str, body: bytes = b"", headers: str = "") -> Iterator[str]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            size = 0
            while (line := self.rfile.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
            self.rfile.read(size)
            if status != "drop":
                head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
                self.wfile.write(head.encode() + body)

    with serving(Handler) as port:
        yield f"json://127.0.0.1:{port}/hook"


WEB: dict[str, tuple[tuple[Any, ...], Fate]] = {
    "200": ((200,), Fate.SENT),
    "202": ((202,), Fate.SENT),
    "200 that names an error": ((200, b"Webhook message delivery failed with error: HTTP error 429"), Fate.RETRY),
    "400": ((400,), Fate.REFUSED),
    "401": ((401,), Fate.REFUSED),
    "404": ((404,), Fate.REFUSED),
    "408": ((408,), Fate.RETRY),
    "410": ((410,), Fate.REFUSED),
    "429": ((429,), Fate.RETRY),
    "500": ((500,), Fate.RETRY),
    "503": ((503,), Fate.RETRY),
    "dropped without an answer": (("drop",), Fate.AMBIGUOUS),
}


@pytest.mark.parametrize("name", WEB)
def test_every_answer_of_a_web_server_must_have_its_fate(name: str) -> None:
    script, fate = WEB[name]
    with web_server(*script) as address:
        assert send(address, MESSAGE, "HB-1").fate is fate


def test_a_servers_own_pause_must_be_known() -> None:
    with web_server(429, b"", "Retry-After: 77\r\n") as address:
        assert send(address, MESSAGE, "HB-1").retry_after == timedelta(seconds=77)


def test_a_web_server_that_is_away_must_be_tried_again() -> None:
    assert send("json://127.0.0.1:9/", MESSAGE, "HB-1").fate is Fate.RETRY


def test_what_apprise_does_not_understand_must_be_refused() -> None:
    assert send("nonsense://x", MESSAGE, "HB-1").fate is Fate.REFUSED
    assert not understands("nonsense://x")
    assert understands("mailto://127.0.0.1/?from=a@x.example&to=b@x.example")


def test_a_mail_must_carry_both_parts_and_the_reference(mailbox: Mailbox) -> None:
    address = f"mailto://127.0.0.1:{mailbox.port}/?from=watcher@school.example&to=head@school.example"
    assert send(address, MESSAGE, "HB-1").fate is Fate.SENT
    (mail,) = mailbox.mails
    assert mail.subject == "Possible thing (ref HB-1)"
    assert mail.message["X-Watcher-Reference"] == "HB-1"
    assert "rich text" in mail.part("plain")
    assert "<b>text</b>" in mail.part("html")


def test_a_forged_header_in_a_subject_must_stay_text(mailbox: Mailbox) -> None:
    address = f"mailto://127.0.0.1:{mailbox.port}/?from=watcher@school.example&to=head@school.example"
    send(address, Message("x\r\nBcc: thief@x.example", "t", "<p>t</p>"), "HB-1")
    message = email.message_from_bytes(mailbox.mails[0].path.read_bytes(), policy=email.policy.default)
    assert message["Bcc"] is None
    assert mailbox.mails[0].recipients == ("head@school.example",)
