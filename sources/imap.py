"""A mailbox of the school's own: Google Alerts, notifications of platforms, and what staff forward.

A mail counts only where the own server found its sender's domain to have signed it; others are counted and told.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sources.bookmark import OVERLAP, Bookmark, Looked, mark, moved, remarked
from sources.discretion import discreet
from sources.errors import Malformed
from sources.keys import Key, Wrong, boolean, text, words
from sources.mail_posts import UNREADABLE, Reading, Rules, read_posts
from sources.mailbox import Account, Folder, Raw, opened
from sources.seen import Seen
from sources.source import Fetched, Kind, Source, Tools

FIRST = timedelta(days=7)  #: how far back the first poll reads
SLACK = timedelta(days=2)  #: a mail's day of arrival is that of its server's own clock
MOST_UNREADABLE = 10  #: mails in one poll


@dataclass(frozen=True, slots=True)
class ImapSource:
    """One folder of a mailbox."""

    account: Account
    folder: str
    rules: Rules
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what new mails tell of. A mail that cannot be read is told, and hides no other."""
        seen = Seen.read(cursor)
        bookmark = Bookmark.read(seen.extra)
        account = self.account
        with discreet(account.user, account.password), opened(self.tools.client, account, self.folder) as folder:
            looked = self._look(folder, bookmark)
        readings = self._read(looked.raws)
        after = moved(bookmark, looked, readings, self.tools.now())
        known = set(bookmark.marks)
        posts = {post.id: post for one in readings.values() if mark(one) not in known for post in one.posts}
        fresh, seen = seen.fresh(reversed(posts.values()))
        remark, partial = remarked(after, self.rules.server)
        return Fetched(
            fresh, replace(seen, extra=after.write()).write(), looked.count, remark=remark, partial=partial
        )

    def vouch(self) -> str:
        """Sign in and open the folder."""
        account = self.account
        with discreet(account.user, account.password), opened(self.tools.client, account, self.folder) as folder:
            return f"folder {self.folder}, {folder.count} mails"

    def _look(self, folder: Folder, bookmark: Bookmark) -> Looked:
        """Read what has come since the last poll, or since a day where the folder is new or numbered anew."""
        epoch = self._epoch(folder.validity)
        if epoch == bookmark.epoch:
            there = tuple(folder.after(max(bookmark.last - OVERLAP, 0)))
            wanted = [uid for uid in there if uid > bookmark.last or uid not in bookmark.near]
            return Looked(folder.count, epoch, tuple(folder.read(wanted)), there, bookmark.last)
        newest = folder.newest()  # first, so that what arrives from here on is not passed over
        wanted = folder.since(bookmark.day - SLACK if bookmark.day else self.tools.now().date() - FIRST)
        raws = tuple(folder.read(wanted))
        whole = len(raws) == len(wanted)
        reached = newest if whole or not raws else raws[-1].uid
        there = tuple(folder.after(max(reached - OVERLAP, 0)))
        return Looked(folder.count, epoch, raws, there, newest if whole else 0)

    def _epoch(self, validity: int) -> str:
        told_apart = f"{self.account.user}\x1f{self.folder}\x1f{validity}"
        return hashlib.blake2b(told_apart.encode(), digest_size=8).hexdigest()

    def _read(self, raws: Iterable[Raw]) -> dict[int, Reading]:
        """Return what became of mails, by UID; not of all where many of them cannot be read."""
        readings: dict[int, Reading] = {}
        for raw in raws:
            try:
                readings[raw.uid] = self.tools.parsers.run(read_posts, raw.body, self.rules, self.tools.now())
            except Malformed:
                digest = hashlib.blake2b(raw.body, digest_size=16).hexdigest()
                readings[raw.uid] = Reading(UNREADABLE, digest)
            if sum(one.verdict == UNREADABLE for one in readings.values()) >= MOST_UNREADABLE:
                break  # each may have taken seconds; the next poll goes on from here
        return readings


def mailbox_address(given: Any) -> str:
    """The address of a mail server."""
    expected = "the address of a mail server like imaps://mail.example.org, without user or folder"
    try:
        parts = urlsplit(text(given))
        _ = parts.port
    except ValueError:
        raise Wrong(expected) from None
    plain = re.fullmatch(r"imaps?://[A-Za-z0-9.-]+(:\d{1,5})?/?", text(given))
    if not plain or not parts.hostname:
        raise Wrong(expected)
    return text(given).rstrip("/").lower()


def credential(given: Any) -> str:
    """A user name or a password; it comes from the environment, and no message shows it."""
    if not isinstance(given, str) or not given.strip() or re.search(r"[\x00-\x1f\x7f]", given):
        raise Wrong('what the environment holds, like "${IMAP_PASSWORD}"')
    return given


def server_name(given: Any) -> str:
    """The name with which a server signs."""
    if not re.fullmatch(r"[\w.-]{1,255}", text(given), re.ASCII):
        raise Wrong('a name like "mx.google.com", as it stands after Authentication-Results:')
    return text(given).lower()


def mail_addresses(given: Any) -> tuple[str, ...]:
    """A list of mail addresses."""
    return _addresses(given, r"[^@\s<>]+@[a-z0-9.-]+", 'mail addresses like ["office@school.example"]')


def senders(given: Any) -> tuple[str, ...]:
    """A list of mail addresses, or of domains for every address in them."""
    return _addresses(
        given, r"([^@\s<>]+@)?[a-z0-9-]+(\.[a-z0-9-]+)+", 'addresses or domains like ["facebookmail.com"]'
    )


def _addresses(given: Any, form: str, expected: str) -> tuple[str, ...]:
    found = tuple(one.lower() for one in words(given))
    if not all(re.fullmatch(form, one) for one in found):
        raise Wrong(expected)
    return found


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return ImapSource(
        account=Account(settings["url"], settings["user"], settings["password"], settings["encrypted"]),
        folder=settings["folder"],
        rules=Rules(settings["authserv_id"], settings["senders"], settings["forwarders"], tools.names[0]),
        tools=tools,
    )


KIND = Kind(
    name="imap",
    sees="Results of Google Alerts, notifications of platforms and what staff forward, in a mailbox of the school.",
    credential="a mailbox for this alone, with a password for programs",
    limits="Only mails that their sender's domain has signed count; of one mail the first megabyte is read.",
    terms="The school's own mailbox; nothing in it is marked, moved or deleted.",
    keys=(
        Key(
            "url",
            mailbox_address,
            "The mail server; imap:// where encryption begins on an open connection, before anything is said.",
            example='"imaps://imap.school.example"',
        ),
        Key("user", credential, "Who signs in.", example='"${IMAP_USER}"', secret=True),
        Key("password", credential, "With which password.", example='"${IMAP_PASSWORD}"', secret=True),
        Key(
            "authserv_id",
            server_name,
            "The name that the own mail server writes after Authentication-Results: in a mail's header.",
            example='"mx.school.example"',
        ),
        Key("folder", text, "The folder.", "INBOX", '"Alerts"'),
        Key("forwarders", mail_addresses, "Staff whose forwarded mails count.", (), '["office@school.example"]'),
        Key("senders", senders, "Platforms whose notifications count.", (), '["facebookmail.com"]'),
        Key(
            "encrypted",
            boolean,
            "Whether the connection is encrypted; false only towards addresses in `[network] allow`.",
            True,
            "true",
        ),
    ),
    every=timedelta(minutes=10),
    build=_build,
)
