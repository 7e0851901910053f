"""A mailbox on the wire: encrypted, at an address that may be asked, signed in to by password or by token."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from lab import AUTHORITY, NOW, made
from lab_network import PUBLIC
from mail_server import FOLDER, PASSWORD, USER, MailServer
from scripted_site import items
from sites_mail import Mailbox, alert, asking_mail
from social_answers import json_answer
from web_server import Answer, Asked, WebServer

from sources import errors
from sources.bearers import Bearer
from sources.client import Client
from sources.errors import Refused
from sources.mailbox import Account, encoded_name, opened
from sources.manners import Manners
from sources.parsing import Parsers
from sources.source import Source, Tools


@pytest.mark.parametrize(
    ("folder", "sent"), [("INBOX", "INBOX"), ("Nö & x", "N&APY- &- x"), ("日本", "&ZeVnLA-"), ("a/b", "a/b")]
)
def test_names_of_folders_must_travel_as_imap_wants_them(folder: str, sent: str) -> None:
    assert encoded_name(folder) == sent


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path)
    yield mailbox
    mailbox.close()


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
    assert [post.title for post in first.posts] == ["Item 1"]
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
