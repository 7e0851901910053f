"""A mailbox of the school's own: Google Alerts, notifications of platforms, and what staff forward.

A mail counts only where the own server found its sender's domain to have signed it; others are counted and told.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sources.bearers import Bearer
from sources.bookmark import OVERLAP, Bookmark, Collected, mark, moved, remarked
from sources.discretion import discreet
from sources.errors import Malformed, Refused
from sources.keys import Key, Wrong, boolean, text, web_address, words
from sources.mail_posts import UNREADABLE, Reading, Rules, read_posts
from sources.mailbox import MOST_MAILS, Account, Folder, Raw, opened
from sources.post import Post
from sources.seen import Seen, oldest_first
from sources.source import Fetched, Kind, Source, Tools

FIRST = timedelta(days=7)  #: how far back the first poll reads
SLACK = timedelta(days=2)  #: a mail's day of arrival is that of its server's own clock
MOST_BACK = 1000  #: mails read in a look back, the newest
MOST_UNREADABLE = 10  #: mails in one poll


@dataclass(frozen=True, slots=True)
class ImapSource:
    """One folder of a mailbox."""

    account: Account
    bearer: Bearer | None  #: who gets tokens, where there is no password
    folder: str
    rules: Rules
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what new mails tell of. A mail that cannot be read is told, and hides no other."""
        seen = Seen.read(cursor)
        bookmark = Bookmark.read(seen.extra)
        with self._opened() as folder:
            collected = self._collect(folder, bookmark)
        readings = self._read(collected.raws)
        after = moved(bookmark, collected, readings, self.tools.now())
        known = set(bookmark.marks)
        posts = {post.id: post for one in readings.values() if mark(one) not in known for post in one.posts}
        fresh, seen = seen.fresh(reversed(posts.values()))
        remark, partial = remarked(after, self.rules.server)
        return Fetched(
            fresh, replace(seen, extra=after.write()).write(), collected.count, remark=remark, partial=partial
        )

    def vouch(self) -> str:
        """Sign in and open the folder."""
        with self._opened() as folder:
            return f"folder {self.folder}, {folder.count} mails"

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return what mails since a time tell of, as far as some polls' worth of them."""
        with self._opened() as folder:
            wanted = folder.since(since.date() - SLACK)[-MOST_BACK:]
        posts: dict[str, Post] = {}
        for start in range(0, len(wanted), MOST_MAILS):
            with self._opened() as folder:
                raws = tuple(folder.read(wanted[start : start + MOST_MAILS]))
            readings = self._read(raws).values()
            posts |= {post.id: post for reading in readings for post in reading.posts}
        recent = [post for post in posts.values() if not post.published or post.published >= since]
        return oldest_first(recent[::-1])

    @contextmanager
    def _opened(self) -> Iterator[Folder]:
        account = self.account
        if self.bearer:
            account = replace(account, bearer=self.bearer.token(self.tools.client, self.tools.parsers))
        elif not account.password:
            raise Refused("a mailbox needs a password, or client_id, client_secret and token_url")
        try:
            with (
                discreet(account.user, account.password, account.bearer),
                opened(self.tools.client, account, self.folder) as folder,
            ):
                yield folder
        except Refused:
            if self.bearer:
                self.bearer.forget()
            raise

    def _collect(self, folder: Folder, bookmark: Bookmark) -> Collected:
        """Read what has come since the last poll, or since a day where the folder is new or numbered anew."""
        epoch = self._epoch(folder.validity)
        if epoch == bookmark.epoch:
            there = tuple(folder.after(max(bookmark.last - OVERLAP, 0)))
            wanted = [uid for uid in there if uid > bookmark.last or uid not in bookmark.near]
            return Collected(folder.count, epoch, tuple(folder.read(wanted)), there, bookmark.last)
        newest = folder.newest()  # first, so that what arrives from here on is not passed over
        wanted = folder.since(bookmark.day - SLACK if bookmark.day else self.tools.now().date() - FIRST)
        raws = tuple(folder.read(wanted))
        whole = len(raws) == len(wanted)
        reached = newest if whole or not raws else raws[-1].uid
        there = tuple(folder.after(max(reached - OVERLAP, 0)))
        return Collected(folder.count, epoch, raws, there, newest if whole else 0)

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
    if not re.fullmatch(r"-|[\w.-]{2,255}", text(given), re.ASCII):
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


def _bearer(settings: Mapping[str, Any]) -> Bearer | None:
    url, client_id, secret = (settings[name] for name in ("token_url", "client_id", "client_secret"))
    return Bearer(url, client_id, secret, settings["scope"]) if url and client_id and secret else None


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return ImapSource(
        account=Account(settings["url"], settings["user"], settings["password"], encrypted=settings["encrypted"]),
        bearer=_bearer(settings),
        folder=settings["folder"],
        rules=Rules(settings["authserv_id"], settings["senders"], settings["forwarders"], tools.names[0]),
        tools=tools,
    )


_TOKENS = "https://login.microsoftonline.com/school.example/oauth2/v2.0/token"
_SCOPE = "https://outlook.office365.com/.default"
KIND = Kind(
    name="imap",
    sees="Results of Google Alerts, notifications of platforms and what staff forward, in a mailbox of the school.",
    credential="a mailbox for this alone, with a password for programs or, at Microsoft 365, an application",
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
        Key(
            "password",
            credential,
            "With which password; left out where an application signs in.",
            "",
            '"${IMAP_PASSWORD}"',
            secret=True,
        ),
        Key(
            "authserv_id",
            server_name,
            'The name that the own mail server writes after Authentication-Results:, or "-" where it writes none.',
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
        Key("client_id", text, "The application that signs in with a token.", "", '"0f5a-..."'),
        Key("client_secret", credential, "Its secret.", "", '"${IMAP_CLIENT_SECRET}"', secret=True),
        Key("token_url", web_address, "Where it gets its token.", "", f'"{_TOKENS}"'),
        Key("scope", text, "For what.", _SCOPE, f'"{_SCOPE}"'),
    ),
    every=timedelta(minutes=10),
    build=_build,
)
