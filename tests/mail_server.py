"""A real IMAP server on loopback (pymap), in another thread, into which tests plant mails.

with MailServer(certificate) as server:
    server.deliver(alert)                       # by APPEND, as a mail server does
    server.fails = "no answer"                  # from the next connection on
    server.renumber()                           # the same mails under a new UIDVALIDITY
"""

import asyncio
import contextlib
import imaplib
import os
import socket
import ssl
import threading
from argparse import Namespace
from collections.abc import Callable, Collection, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, DictBackend, Identity, Login
from pymap.exceptions import InvalidAuth
from pymap.imap import IMAPServer
from pysasl import SASLAuth
from pysasl.creds.external import ExternalVerificationRequired
from pysasl.creds.server import ServerCredentials
from pysasl.hashing import BuiltinHash

if TYPE_CHECKING:
    import trustme

os.environ.setdefault("FQDN", "mail.school.example")  # else pymap asks the name service who it is
USER, PASSWORD, FOLDER = "alerts@school.example", "s3cret pass", "Alerts"
ARRIVED = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

#: What a server may say instead of being one.
GREETINGS = {
    "no answer": b"",
    "busy": b"* BYE [UNAVAILABLE] Come back later\r\n",
    "malformed": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "slipped in": b"* OK ready\r\na OK begin\r\n* OK and take this\r\n",
    "signed in already": b"* PREAUTH welcome\r\n",
    "huge piece": b"* OK ready\r\n* 1 FETCH (BODY[] {99999999999}\r\n",
    "huge number": b"* OK ready\r\n* 1 FETCH (BODY[] {" + b"9" * 5000 + b"}\r\n",
    "endless line": b"* OK " + b"x" * 4_000_000,
}


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop of all these servers; connections may say goodbye in it for longer than a test lasts."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


class TokenConfig(Config):
    """A server that takes tokens only."""

    @property
    def tls_auth(self) -> SASLAuth:
        return SASLAuth.named([b"XOAUTH2"])


class TokenLogin(Login):
    """Lets in who brings one of some tokens."""

    def __init__(self, config: Config, tokens: Collection[str]) -> None:
        super().__init__(config)
        self._good = tokens

    async def authenticate(self, credentials: ServerCredentials) -> Identity:
        try:
            credentials.verify(None)
        except ExternalVerificationRequired as shown:
            if shown.token in self._good:
                return Identity(credentials.authzid, self, None, frozenset())
        raise InvalidAuth()


class MailServer:
    """One account with one folder."""

    def __init__(
        self,
        certificate: "trustme.LeafCert",
        *,
        at_once: bool = True,
        encrypted: bool = True,
        tokens: Collection[str] = (),
    ) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.connections = 0  #: accepted so far, those of `deliver` left out
        self.fails = ""  #: one of GREETINGS: how it fails from now on
        self._password = PASSWORD
        self._tokens = tokens  #: what signs in, in place of the password
        self._wires: list[asyncio.WriteTransport] = []
        self.fails_at: int | None = None  #: after so many further connections one is closed without an answer
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)
        self._at_once = at_once and encrypted
        self._encrypted = encrypted
        self._in_loop(self._serve())
        with self._delivering() as connection:
            connection.create(FOLDER)

    def __enter__(self) -> "MailServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._in_loop(self._end())

    def deliver(self, *mails: bytes, arrived: datetime = ARRIVED) -> None:
        """Put mails into the folder."""
        with self._delivering() as connection:
            for mail in mails:
                state, said = connection.append(FOLDER, "", imaplib.Time2Internaldate(arrived), mail)
                assert state == "OK", said

    def renumber(self, *, keep: Callable[[bytes], bool] = lambda _: True) -> None:
        """Have the same mails lie there under new numbers, as after a restore."""
        with self._delivering() as connection:
            mails = self._read(connection)
            connection.close()
            connection.delete(FOLDER)
            connection.create(FOLDER)
        self.deliver(*(mail for mail in mails if keep(mail)))

    def lock(self, locked: bool) -> None:
        """Accept another password only, or the right one again."""
        self._password = "another" if locked else PASSWORD
        users = self._backend.login.users_dict
        users[USER] = replace(users[USER], password=BuiltinHash(rounds=1).hash(self._password))

    def hide(self, hidden: bool) -> None:
        """Have the folder under another name, or back."""
        with self._delivering() as connection:
            connection.rename(
                *(FOLDER, "Elsewhere") if hidden else ("Elsewhere", FOLDER)
            )  # NO where it is so already

    def flags(self) -> list[bytes]:
        """Return the flags of every mail."""
        with self._delivering() as connection:
            connection.select(FOLDER, readonly=True)
            _, found = connection.fetch("1:*", "(FLAGS)")
            return [part for part in found if isinstance(part, bytes)]

    @staticmethod
    def _read(connection: imaplib.IMAP4) -> list[bytes]:
        _, count = connection.select(FOLDER)
        if count == [b"0"]:
            return []
        _, found = connection.fetch("1:*", "(BODY.PEEK[])")
        return [part[1] for part in found if isinstance(part, tuple)]

    @contextlib.contextmanager
    def _delivering(self) -> Any:
        connection = imaplib.IMAP4(self.host, self._back_door)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # imaplib sends in small pieces
        connection.login(USER, self._password)
        try:
            yield connection
        finally:
            connection.logout()

    async def _serve(self) -> None:
        backend, behind = await DictBackend.init(self._arguments(tls=False), **self._options())
        kind = TokenConfig if self._tokens else Config
        before = kind.from_args(self._arguments(tls=self._encrypted and not self._at_once), **self._options())
        before.apply_context()
        self._backend = backend
        login = TokenLogin(behind, self._tokens) if self._tokens else backend.login
        login.users_dict = backend.login.users_dict
        self._welcome = IMAPServer(login, before)
        self._deliver = IMAPServer(backend.login, behind)
        self._fronts = await asyncio.start_server(self._at_the_front, self.host, 0)
        self._backs = await asyncio.start_server(self._at_the_back, self.host, 0)
        self.port = self._fronts.sockets[0].getsockname()[1]
        self._back_door = self._backs.sockets[0].getsockname()[1]

    async def _at_the_front(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._wires.append(writer.transport)
        self.connections += 1
        with contextlib.closing(writer), contextlib.suppress(OSError):  # whom a certificate does not please leaves
            if self._at_once:
                await writer.start_tls(self._context)
            if self.fails_at == self.connections:
                self.fails_at = None
            elif self.fails in GREETINGS:
                writer.write(GREETINGS[self.fails])
            else:
                await self._welcome(reader, writer, SocketInfoLocal(writer))

    async def _at_the_back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._wires.append(writer.transport)
        with contextlib.closing(writer):
            await self._deliver(reader, writer, SocketInfoLocal(writer))

    async def _end(self) -> None:
        servers = (self._fronts, self._backs)
        for listener in (listener for server in servers for listener in server.sockets):
            asyncio.get_running_loop().remove_reader(listener.fileno())
        await asyncio.sleep(0)  # asyncio forgets to close what it accepts from a server that closes meanwhile
        for server in servers:
            server.close()
        for wire in self._wires:
            wire.abort()

    @staticmethod
    def _in_loop(doing: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(doing, _loop()).result(10)

    def _options(self) -> dict[str, Any]:
        return {"ssl_context": self._context, "invalid_user_sleep": 0.0, "hash_context": BuiltinHash(rounds=1)}

    @staticmethod
    def _arguments(*, tls: bool) -> Namespace:
        nothing = dict.fromkeys(("passlib_cfg", "proxy_protocol", "host", "cert", "key"))
        account = {"demo_data": False, "demo_user": USER, "demo_password": PASSWORD}
        return Namespace(port=0, debug=False, tls=tls, **nothing, **account)
