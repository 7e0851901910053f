"""A scripted mailbox: a real IMAP server into which Google Alerts come."""

import html
from collections.abc import Iterable
from contextlib import AbstractContextManager
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lab import AUTHORITY, asking
from mail_server import FOLDER, PASSWORD, USER, MailServer
from scripted_site import Fault, Item, ScriptedSite
from web_server import Answer

from sources.client import Client
from sources.errors import Malformed, Refused, Unreachable

SERVER = "mx.school.example"  #: how the own mail server signs
PASSED = f"{SERVER}; dkim=pass header.d=google.com"


def mail(sender: str, subject: str, vouched: str, said: str = "", markup: str = "", **fields: str) -> EmailMessage:
    """Return a mail as it lies in the folder."""
    message = EmailMessage()
    message["Authentication-Results"] = vouched
    message["From"] = sender
    message["Subject"] = subject
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(said or "see the other part")
    if markup:
        message.add_alternative(markup, subtype="html")
    return message


def alert(item: Item, vouched: str = PASSED) -> bytes:
    """Return a Google Alert with one result."""
    link = f"https://www.google.com/url?rct=j&sa=t&url={quote(page_of(item), safe=':/')}&ct=ga&cd=x&usg=y"
    row = (
        '<tr itemscope="" itemtype="http://schema.org/Article"><td><span>'
        f'<a href="{html.escape(link)}" itemprop="url"><span itemprop="name"><b>Item</b> {item.number}</span></a>'
        '</span><div itemprop="publisher" itemscope=""><a><span itemprop="name">The Paper</span></a></div>'
        f'<div itemprop="description">{html.escape(item.text)}</div>'
        '<a href="https://www.google.com/alerts/feedback?ffu=x">Flag as irrelevant</a></td></tr>'
    )
    return mail(
        "Google Alerts <googlealerts-noreply@google.com>",
        'Google Alert - "Hollybush Nursery"',
        vouched,
        markup=f"<html><body><table>{row}</table></body></html>",
        Date=format_datetime(item.at),
        Message_ID=f"<{item.number}-{len(item.said)}@google.com>",
    ).as_bytes()


def page_of(item: Item) -> str:
    """Return the address of the page that the alert found."""
    return f"https://paper.example/{item.number}"


def asking_mail(server: MailServer) -> AbstractContextManager[Client]:
    """Yield a client for which every name leads to a mail server."""
    place = (server.host, server.port)
    return asking(server, {993: place, 143: place})  # type: ignore[arg-type]  # its place is all that is asked of it


def fault(*means: type[Exception]) -> Fault:
    """Return a way to fail that no web server plays."""
    return Fault(Answer(), means)


MAIL_FAULTS = {
    "no answer": fault(Unreachable),
    "busy": fault(Unreachable),
    "malformed": fault(Malformed),
    "endless line": fault(Malformed),
    "huge piece": fault(Malformed),
    "huge number": fault(Malformed),
    "signed in already": fault(Malformed),
    "wrong password": fault(Refused),
    "no folder": fault(Refused),
}


class Mailbox(ScriptedSite):
    """A folder that Google Alerts come into."""

    deletes = False  #: a mail stays, whatever became of what it tells of
    backlog = 110  # more than are read at once
    faults = MAIL_FAULTS

    def __init__(self, folder: Path) -> None:
        self.server = MailServer(AUTHORITY.issue_cert(*self.hosts()))
        self._delivered: dict[int, str] = {}
        super().__init__(folder)

    def table(self) -> dict[str, Any]:
        return {
            "url": "imaps://imap.school.example",
            "user": USER,
            "password": PASSWORD,
            "folder": FOLDER,
            "authserv_id": SERVER,
        }

    def ports(self) -> dict[int, tuple[str, int]]:
        return {993: (self.server.host, self.server.port)}

    def show(self, shown: Iterable[Item]) -> None:
        super().show(shown)
        new = [item for item in reversed(self.items) if self._delivered.get(item.number) != item.text]
        self._delivered |= {item.number: item.text for item in new}
        self.server.deliver(*map(alert, new))

    def fail(self, name: str) -> None:
        self.server.fails = name
        self.server.lock(name == "wrong password")
        self.server.hide(name == "no folder")

    def fail_once(self, after: int) -> None:
        self.server.fails_at = self.server.connections + after + 1

    @property
    def asked(self) -> int:
        """Connections so far."""
        return self.server.connections

    @asked.setter
    def asked(self, _: int) -> None:
        """Nobody else counts."""

    def close(self) -> None:
        self.server.close()
