"""Mastodon and what speaks its language: Pleroma, Akkoma, GoToSocial, Pixelfed, Takahē.

One server for each source, since each has its own rules and its own troubles. Hashtags are read without an
account where the server allows that; words are searched with an account's token where it can search.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sources.absence import GONE
from sources.answers import Response
from sources.api import ask
from sources.dates import read_date
from sources.documents import is_web_page, listing, read_json, string, table, tables
from sources.errors import Malformed, Refused, SourceError
from sources.keys import Key, secret, server, tags, tags_of, words
from sources.markup import line, tidy, to_text, web_link
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

PER_PAGE = 40  #: the most that servers give


@dataclass(frozen=True, slots=True)
class MastodonSource:
    """Hashtags and searches on one server."""

    address: str
    tags: tuple[str, ...]
    queries: tuple[str, ...]  #: searched only with a token
    token: str = field(repr=False)
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new under the hashtags and for the searches."""
        seen = Seen.read(cursor)
        try:
            return self._follow(seen)
        except Refused as error:
            opened = self._other_scope(seen, error)
        return self._follow(opened)

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the posts since a time."""
        return reach_back(self._timelines(""), since)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone."""
        gone = [post.id for post in posts if self._ask(f"statuses/{quote(post.id)}", {}, GONE).status in GONE]
        return Checked(frozenset(gone), cursor)

    def vouch(self) -> str:
        """Return the application of the token."""
        if not self.token:
            return ""
        answer = self._ask("apps/verify_credentials", {}, GONE)
        if answer.status in GONE:  # not every server knows
            return ""
        return self.tools.parsers.run(read_application, answer.body, self.address)

    def _follow(self, seen: Seen) -> Fetched:
        return follow(self._timelines(string(seen.extra, "scope")), seen).fetched

    def _timelines(self, scope: str) -> dict[str, Ask]:
        asks: dict[str, Ask] = {f"#{tag}": self._tag(tag, scope) for tag in self.tags}
        if self.token:
            asks |= {query: self._search(query) for query in self.queries}
        return asks

    def _tag(self, tag: str, scope: str) -> Ask:
        query = {"limit": str(PER_PAGE), "local": "true" if scope == "local" else ""}
        return lambda after: self._page(f"timelines/tag/{quote(tag)}", query | {"max_id": after}, "")

    def _search(self, query: str) -> Ask:
        asked = {"q": f'"{query}"', "type": "statuses", "limit": str(PER_PAGE)}
        return lambda after: self._page("search", asked | {"max_id": after}, "statuses")

    def _page(self, path: str, query: Mapping[str, str], inside: str) -> Page:
        response = self._ask(path, query)
        link = response.headers.get("link", "")
        return self.tools.parsers.run(read_statuses, response.body, self.address, link, inside, self.tools.now())

    def _ask(self, path: str, query: Mapping[str, str], kept: tuple[int, ...] = ()) -> Response:
        version = "v2" if path in ("search", "instance") else "v1"
        url = f"{self.address}/api/{version}/{path}"
        return ask(self.tools, url, query, token=self.token, explain=explain, kept=kept)

    def _other_scope(self, seen: Seen, error: SourceError) -> Seen:
        """Ask a server that refuses what it does show. Raises the error, or one that says more."""
        if self.token or seen.extra.get("scope") == "local":
            raise error
        try:
            response = self._ask("instance", {})
        except SourceError:
            raise error from None
        self.tools.parsers.run(check_access, response.body, self.address)
        return replace(seen, extra=seen.extra | {"scope": "local"})


def read_statuses(body: bytes, address: str, link: str, inside: str, now: datetime) -> Page:
    """Read a timeline or the `inside` of a search's answer. Runs in the parser pool."""
    host = address.partition("://")[2]
    document = read_json(body, host)
    path = [inside] if inside else []
    statuses = listing(document, host, *path)
    posts = tuple(post for status in statuses if (post := _post(status, address, now)))
    older = re.search(r"[?&]max_id=([\w-]+)[^>]*>;\s*rel=\"?next", link)
    last = string(statuses[-1], "id") if statuses and not link else ""
    return Page(posts, older[1] if older else last, len(statuses))


def _post(status: Mapping[str, Any], address: str, now: datetime) -> Post | None:
    """Return a status as a post; None where it is not public or only repeats another."""
    if not string(status, "id") or string(status, "visibility") not in ("", "public") or table(status, "reblog"):
        return None
    account = table(status, "account")
    return Post(
        id=string(status, "id"),
        url=web_link(string(status, "url"), address) or web_link(string(status, "uri"), address),
        text=_text(status),
        author=line(string(account, "display_name")) or line(string(account, "username")),
        bio=line(string(account, "note")),
        platform="mastodon",
        published=read_date(string(status, "created_at"), now),
        language=string(status, "language")[:35],
    )


def _text(status: Mapping[str, Any]) -> str:
    """Return everything a status says: warning, text, choices of a poll, descriptions of its media."""
    pictures = (string(medium, "description") for medium in tables(status, "media_attachments"))
    choices = (f"- {string(choice, 'title')}" for choice in tables(status, "poll", "options"))
    parts = (
        to_text(string(status, "spoiler_text")),
        to_text(string(status, "content")),
        *choices,
        *(f"[image: {text}]" for text in pictures if text.strip()),
    )
    return tidy("\n".join(part for part in parts if part))


def read_application(body: bytes, address: str) -> str:
    """Return the application that a token was made for. Runs in the parser pool."""
    return f"application {line(string(read_json(body, address.partition('://')[2]), 'name')) or 'without a name'}"


def check_access(body: bytes, address: str) -> None:
    """Read a server's description. Raises Refused where it shows hashtags to nobody without an account."""
    host = address.partition("://")[2]
    access = table(read_json(body, host), "configuration", "timelines_access", "hashtag_feeds")
    if string(access, "local") != "public":
        raise Refused(f"{host} shows hashtags only to those who sign in; give a token of an account there")


def explain(status: int, body: bytes, host: str) -> None:
    """Say what a refusal means. Runs in the parser pool."""
    if is_web_page(body):
        raise Refused(f"{host} answered {status} with a web page; it keeps programs out")
    if status in (400, 401, 403, 422):
        said = _said(body)
        answered = f"{host} answered {status}{f': {said}' if said else ''}"
        raise Refused(f"{answered}; it wants a token of an account there, or a new one")


def _said(body: bytes) -> str:
    try:
        return line(string(read_json(body, ""), "error"))[:100]
    except Malformed:
        return ""


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return MastodonSource(
        address=settings["url"],
        tags=settings["tags"] or tags_of(tools.names),
        queries=settings["queries"] or tools.names,
        token=settings["token"],
        tools=tools,
    )


KIND = Kind(
    name="mastodon",
    sees="Public posts under hashtags on one server, and with a token what its search finds.",
    credential="none on most servers; a free account's token for search, and where hashtags are shown only then",
    limits="A server knows only what its people follow, so name three to six; search finds authors who opted in.",
    terms="Each server has its own rules; reading hashtags with a name and an address is what clients do.",
    keys=(
        Key("url", server, "The server.", example='"https://mastodon.social"'),
        Key("tags", tags, "Hashtags; left out, the names as one word.", (), '["hollybushnursery"]'),
        Key("queries", words, "Phrases to search with a token; left out, the names.", (), '["Hollybush Nursery"]'),
        Key("token", secret, "Access token with read:statuses, read:search.", "", '"${MASTODON_TOKEN}"', True),
    ),
    every=timedelta(minutes=10),
    build=_build,
)
