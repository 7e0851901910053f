"""A mailbox over IMAP, looked at and never touched. The one door to imaplib.

The folder is opened with EXAMINE, and mails are read with BODY.PEEK: nothing is marked as read, moved or deleted.
Passwords travel encrypted, or to an address that the configuration opens.
"""

import imaplib
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from sources.bodies import MIB
from sources.client import Client
from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable
from sources.markup import line
from sources.wire import Overlong, Wire

LARGEST_MAIL = MIB  #: bytes read of one mail; what follows is an attachment, or a nuisance
MOST_BYTES = 24 * MIB  #: read in one poll
MOST_MAILS = 100  #: likewise
SECONDS = 60.0  #: for one poll, all together
CONNECT_WITHIN = 10.0  #: seconds
PORTS = (143, 993)  #: of public addresses
_HELLO = re.compile(rb"\* OK\b", re.IGNORECASE)
_BUSY = re.compile(r"\[(UNAVAILABLE|INUSE|SERVERBUG)\]", re.IGNORECASE)
_TOO_OFTEN = re.compile(r"\[(LIMIT|OVERQUOTA)\]|too many|throttl", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Account:
    """Where a mailbox is, and who opens it."""

    url: str  #: imaps://host[:port], or imap:// for a connection that becomes encrypted on it
    user: str = field(repr=False)
    password: str = field(repr=False)
    bearer: str = field(default="", repr=False)  #: an access token, in place of a password
    encrypted: bool = True  #: False: without encryption, and only to addresses that the configuration opens

    @property
    def place(self) -> str:
        """The server, for messages."""
        return urlsplit(self.url).hostname or self.url


@dataclass(frozen=True, slots=True)
class Raw:
    """A mail as it lies in the folder."""

    uid: int
    body: bytes = field(repr=False)  #: of a large one the first LARGEST_MAIL bytes


class Folder:
    """An open folder."""

    def __init__(self, connection: "_Connection", count: int, validity: int) -> None:
        self._connection = connection
        self.count = count  #: mails that lie in it
        self.validity = validity  #: as long as this stays, a UID means the same mail

    def since(self, day: date) -> list[int]:
        """Return the UIDs of the mails that arrived on a day or later, ascending."""
        return self._search("SINCE", f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def after(self, uid: int) -> list[int]:
        """Return the UIDs above one, ascending."""
        # The range "n:*" always holds the newest mail, whatever its UID.
        return [found for found in self._search("UID", f"{uid + 1}:*") if found > uid]

    def newest(self) -> int:
        """Return the highest UID; 0 where no mail lies there."""
        return max(self._search("UID", "*"), default=0) if self.count else 0

    def read(self, uids: Sequence[int]) -> Iterator[Raw]:
        """Yield mails in the given order, as many as one poll may read; what has gone meanwhile is left out."""
        sizes = self._sizes(uids[:MOST_MAILS])
        room = MOST_BYTES
        for uid, size in sizes.items():
            room -= min(size, LARGEST_MAIL)
            if room < 0:
                return
            for head, body in self._fetch(str(uid), f"(UID BODY.PEEK[]<0.{LARGEST_MAIL}>)"):
                if b"BODY[" in head.upper():
                    yield Raw(uid, body)

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        if not uids:
            return {}
        found = {}
        for head, _ in self._fetch(",".join(map(str, uids)), "(UID RFC822.SIZE)"):
            uid = re.search(rb"\bUID (\d{1,10})\b", head)
            size = re.search(rb"\bRFC822\.SIZE (\d{1,12})\b", head)
            if uid and size:
                found[int(uid[1])] = int(size[1])
        return {uid: found[uid] for uid in uids if uid in found}

    def _search(self, *criteria: str) -> list[int]:
        answer = self._asked("SEARCH", *criteria)
        words = b" ".join(part for part in answer if isinstance(part, bytes)).split()
        return sorted({int(word) for word in words if word.isdigit() and len(word) <= 10})

    def _fetch(self, uids: str, what: str) -> list[tuple[bytes, bytes]]:
        answer = self._asked("FETCH", uids, what)
        return [part if isinstance(part, tuple) else (part, b"") for part in answer if part]

    def _asked(self, command: str, *given: str) -> list[Any]:
        state, answer = self._connection.uid(command, *given)
        if state != "OK":
            raise Malformed(f"the mail server does not understand {command}: {_said(answer)}")
        return answer


@contextmanager
def opened(client: Client, account: Account, folder: str) -> Iterator[Folder]:
    """Sign in and open a folder for reading; sign out at the end. Raises SourceError."""
    with _meaning(account.place):
        wire = _connected(client, account)
        try:
            connection = _Connection(wire)
            _sign_in(connection, account)
            yield _examined(connection, folder)
            with suppress(imaplib.IMAP4.error, OSError, Overlong):  # everything has been read
                connection.logout()
        finally:
            wire.close()


def _connected(client: Client, account: Account) -> Wire:
    """Return a connection whose greeting has been read, encrypted as the account says."""
    parts = urlsplit(account.url)
    at_once = parts.scheme == "imaps" and account.encrypted
    port = parts.port or (993 if parts.scheme == "imaps" else 143)
    sock = client.dial(f"https://{parts.netloc.partition(':')[0]}:{port}/", CONNECT_WITHIN, ports=PORTS)
    wire = Wire(sock, SECONDS, MOST_BYTES + 8 * MIB)
    try:
        if not account.encrypted and not client.is_allowed(sock):
            raise Refused(
                f"{account.place}: a password goes without encryption to addresses in [network] allow only"
            )
        if at_once:
            wire.secure(client.trust(), account.place)
        _greeted(wire, account.place)
        if account.encrypted and not at_once:
            _secured(wire, client.trust(), account.place)
        wire.replay(b"* OK\r\n")
    except BaseException:
        wire.close()
        raise
    return wire


def _greeted(wire: Wire, place: str) -> None:
    greeting = wire.readline()
    if not greeting:
        raise Unreachable(f"{place} closed the connection without a word")
    if greeting.upper().startswith(b"* BYE"):
        raise Unreachable(f"{place} turns us away: {_said([greeting[5:]])}")
    if not _HELLO.match(greeting):
        raise Malformed(f"{place} does not answer as a mail server does")


def _secured(wire: Wire, context: ssl.SSLContext, place: str) -> None:
    """Have the connection encrypted before anything is said on it."""
    wire.send(b"a STARTTLS\r\n")
    while not (answer := wire.readline()).startswith(b"a "):
        if not answer:
            raise Unreachable(f"{place} closed the connection without a word")
    if not answer.upper().startswith(b"A OK"):
        raise Refused(f"{place} offers no encryption, and without it no password is sent")
    wire.secure(context, place)


class _Connection(imaplib.IMAP4):
    """imaplib's protocol over our own wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Take the wire that is open already."""

    def read(self, size: int) -> bytes:
        """Return so many bytes."""
        return self._wire.read(size)

    def readline(self) -> bytes:
        """Return a line."""
        return self._wire.readline()

    def send(self, data: Any) -> None:
        """Send bytes."""
        self._wire.send(bytes(data))

    def shutdown(self) -> None:
        """End the connection."""
        self._wire.close()


def _sign_in(connection: _Connection, account: Account) -> None:
    try:
        if account.bearer:
            shown = [f"user={account.user}\1auth=Bearer {account.bearer}\1\1".encode()]
            connection.authenticate("XOAUTH2", lambda _: shown.pop() if shown else b"")  # then it tells why not
        elif "AUTH=PLAIN" in connection.capabilities:
            answer = f"\0{account.user}\0{account.password}".encode()
            connection.authenticate("PLAIN", lambda _: answer)
        elif "LOGINDISABLED" in connection.capabilities:
            raise Refused(f"{account.place} takes no password from programs; docs/sources.md says what then")
        else:
            connection.login(_quoted(account.user), account.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise _refusal(_said([error.args[0] if error.args else b""]), account.place) from error
    except UnicodeError as error:
        raise Refused(f"{account.place} takes user names and passwords in plain letters only") from error


def _refusal(said: str, place: str) -> SourceError:
    """Return what a server means that does not let us in."""
    if _TOO_OFTEN.search(said):
        return RateLimited(f"{place} was asked too often: {said}", timedelta(minutes=15))
    if _BUSY.search(said):
        return Unreachable(f"{place} cannot let anybody in now: {said}")
    return Refused(f"{place} does not accept user and password: {said}")


def _examined(connection: _Connection, folder: str) -> Folder:
    state, answer = connection.select(_quoted(encoded_name(folder)), readonly=True)
    if state != "OK":
        raise Refused(f"the folder {folder!r} cannot be opened: {_said(answer)}")
    _, validity = connection.response("UIDVALIDITY")
    numbers = [int(each) for each in (answer[0], (validity or [None])[0]) if each and each.isdigit()]
    if len(numbers) != 2:
        raise Malformed("the mail server does not number its mails in a way that can be relied upon")
    return Folder(connection, *numbers)


def encoded_name(folder: str) -> str:
    """Return a folder's name as it travels: in UTF-7 as IMAP (RFC 3501, 5.1.3) has changed it."""

    def encoded(found: re.Match[str]) -> str:
        if found[0] == "&":
            return "&-"
        return "&" + b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    return re.sub(r"&|[^\x20-\x7e]+", encoded, folder)


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _said(answer: Sequence[Any]) -> str:
    """Return what a server said, fit for a message."""
    words = answer[-1] if answer else b""
    return line(words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words or ""))[:200]


@contextmanager
def _meaning(place: str) -> Iterator[None]:
    """Raise what goes wrong on the way as a SourceError."""
    try:
        yield
    except TimeoutError as error:
        raise Unreachable(f"{place} took too long to answer") from error
    except Overlong as error:
        raise Malformed(f"{place} sent {error}") from error
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        if "unexpected response" in str(error):
            raise Malformed(f"{place} does not speak as a mail server does") from error
        raise Unreachable(f"{place} broke off: {type(error).__name__}") from error
    except (imaplib.IMAP4.error, ValueError) as error:
        raise Malformed(f"{place} does not speak as a mail server does") from error
