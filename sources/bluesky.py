"""Bluesky's search, asked with an account's app password through the account's own server."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sources.answers import Response
from sources.api import ask
from sources.bluesky_posts import read_present, read_search
from sources.discretion import discreet
from sources.documents import is_web_page, read_json, string, tables
from sources.errors import Malformed, Refused, SourceError
from sources.keys import Key, secret, server, text, words
from sources.markup import line, web_link
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

PER_PAGE = 100
PER_CHECK = 25  #: posts that are looked up at once
WIDE_EVERY = timedelta(days=1)
WIDE = timedelta(days=7)  #: results are ordered by what authors say is the time, so late ones lie deeper


@dataclass(frozen=True, slots=True)
class Session:
    """What a sign-in brought."""

    server: str  #: the account's own
    access: str = field(repr=False)
    refresh: str = field(repr=False)


class Account:
    """An account whose session is kept while the process lives: sign-ins are few, 300 a day. Thread-safe."""

    def __init__(self, address: str, handle: str, password: str, tools: Tools) -> None:
        self._address = address
        self._handle = handle
        self._password = password
        self._tools = tools
        self._lock = threading.Lock()
        self._session: Session | None = None

    def ask(self, method: str, query: list[tuple[str, str]]) -> Response:
        """Ask something with the session; renew it where it has run out. Raises SourceError."""
        with self._lock, discreet(self._password):
            session = self._session or self._sign_in()
            answer = self._ask(session, method, query)
            if answer is None:
                answer = self._ask(self._renewed(session), method, query)
            if answer is None:
                self._session = None
                raise Refused(f"{self._address} does not accept the session it has just given")
            return answer

    def _ask(self, session: Session, method: str, query: list[tuple[str, str]]) -> Response | None:
        """Return the answer; None where the session has run out."""
        with discreet(session.access, session.refresh):
            url = f"{session.server}/xrpc/{method}"
            answer = ask(self._tools, url, query, token=session.access, explain=explain, kept=(400, 401))
            if answer.status < 400:
                return answer
            self._tools.parsers.run(check_session, answer.status, answer.body, session.server)
            return None

    def _sign_in(self) -> Session:
        account = {"identifier": self._handle, "password": self._password}
        return self._begin("createSession", json=account)

    def _renewed(self, session: Session) -> Session:
        try:
            with discreet(session.access, session.refresh):
                return self._begin("refreshSession", json={}, token=session.refresh)
        except Refused:
            return self._sign_in()

    def _begin(self, method: str, **asked: Any) -> Session:
        url = f"{self._address}/xrpc/com.atproto.server.{method}"
        answer = ask(self._tools, url, explain=explain_sign_in, **asked)
        self._session = self._tools.parsers.run(read_session, answer.body, self._address)
        return self._session


@dataclass(frozen=True, slots=True)
class BlueskySource:
    """Searches with one account."""

    queries: tuple[str, ...]
    account: Account
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new for the searches; once a day the last week is read again."""
        seen = Seen.read(cursor)
        now = self.tools.now()
        wide = string(seen.extra, "wide")
        due = not wide or datetime.fromisoformat(wide) + WIDE_EVERY <= now
        followed = follow(self._timelines(), seen, reach=now - WIDE if due and cursor else None)
        noted = {"wide": now.isoformat() if due else wide}
        return replace(followed, seen=replace(followed.seen, extra=followed.seen.extra | noted)).fetched

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the posts since a time."""
        return reach_back(self._timelines(), since)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: those that the platform leaves out of its answer."""
        gone: set[str] = set()
        for start in range(0, len(posts), PER_CHECK):
            some = [post.id for post in posts[start : start + PER_CHECK]]
            answer = self.account.ask("app.bsky.feed.getPosts", [("uris", uri) for uri in some])
            gone |= set(some) - set(self.tools.parsers.run(read_present, answer.body))
        return Checked(frozenset(gone), cursor)

    def vouch(self) -> str:
        """Return the account's name."""
        answer = self.account.ask("com.atproto.server.getSession", [])
        return self.tools.parsers.run(read_handle, answer.body)

    def _timelines(self) -> dict[str, Ask]:
        return {query: self._search(query) for query in self.queries}

    def _search(self, query: str) -> Ask:
        asked = [("q", f'"{query}"'), ("sort", "latest"), ("limit", str(PER_PAGE))]

        def page(after: str) -> Page:
            answer = self.account.ask("app.bsky.feed.searchPosts", [*asked, ("cursor", after)])
            return self.tools.parsers.run(read_search, answer.body, self.tools.now())

        return page


def read_handle(body: bytes) -> str:
    """Return the name of an account. Runs in the parser pool."""
    handle = string(read_json(body, "Bluesky"), "handle")
    if not handle:
        raise Malformed("Bluesky names no account; its interface may have changed")
    return f"@{handle}"


def read_session(body: bytes, address: str) -> Session:
    """Read what a sign-in brought; the account's server where it says so. Runs in the parser pool."""
    document = read_json(body, address)
    access, refresh = string(document, "accessJwt"), string(document, "refreshJwt")
    if not access or not refresh:
        raise Malformed(f"{address} signed the account in without giving it a session")
    services = tables(document, "didDoc", "service")
    own = (string(one, "serviceEndpoint") for one in services if string(one, "id").endswith("#atproto_pds"))
    return Session((web_link(next(own, ""), address) or address).rstrip("/"), access, refresh)


def check_session(status: int, body: bytes, address: str) -> None:
    """Return where a failure means that the session has run out; raise Refused or Malformed for any other."""
    error, said = _said(body)
    if status == 400 and error not in ("ExpiredToken", "InvalidToken"):
        raise Malformed(f"{address} did not understand the question: {error} {said}"[:200])


def explain(status: int, body: bytes, host: str) -> None:
    """Say what a refusal means. Runs in the parser pool."""
    if is_web_page(body):
        raise Refused(f"{host} answered {status} with a web page; it keeps programs out")
    error, said = _said(body)
    if error:
        kind: type[SourceError] = Malformed if status == 501 else Refused
        raise kind(f"{host} answered {status}: {error} {said}"[:200])


def explain_sign_in(status: int, body: bytes, host: str) -> None:
    """Say why nobody was signed in. Runs in the parser pool."""
    explain(status, body, host) if is_web_page(body) else None
    raise Refused(f"{host} does not accept the handle with this app password: {_said(body)[0] or status}")


def _said(body: bytes) -> tuple[str, str]:
    try:
        document: Mapping[str, Any] = read_json(body, "")
    except SourceError:
        return "", ""
    return line(string(document, "error"))[:60], line(string(document, "message"))[:100]


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    account = Account(settings["url"], settings["handle"], settings["password"], tools)
    return BlueskySource(settings["queries"] or tools.names, account, tools)


KIND = Kind(
    name="bluesky",
    sees="Public posts on Bluesky that hold the searched phrases.",
    credential="a free account with an app password (Settings, App passwords), not the account's own password",
    limits="Everything public that its search knows; accounts that ask not to be shown outside are left out.",
    terms="Deleted posts must be let go, which the re-check does; the account says who is asking.",
    keys=(
        Key("handle", text, "The account's name.", example='"watcher-hollybush.bsky.social"'),
        Key("password", secret, "Its app password.", example='"${BLUESKY_APP_PASSWORD}"', secret=True),
        Key("queries", words, "Phrases to search; left out, the federation's names.", (), '["Hollybush Nursery"]'),
        Key("url", server, "Where the account signs in.", "https://bsky.social", '"https://bsky.social"'),
    ),
    every=timedelta(minutes=10),
    build=_build,
)
