"""Roblox: groups and experiences that bear the school's name. What is said inside them nobody outside can read.

Its interfaces are not documented; only things are kept, never persons or lists of members.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sources.answers import USUAL_REST, Response
from sources.api import ask
from sources.dates import read_date
from sources.documents import is_web_page, listing, read_json, string, tables
from sources.errors import Malformed, RateLimited, Refused, SourceError
from sources.keys import Key, server, words
from sources.markup import line, tidy
from sources.pages import Ask, Page, follow
from sources.post import Post
from sources.seen import Seen
from sources.source import Fetched, Kind, Source, Tools

HOST = "Roblox"


@dataclass(frozen=True, slots=True)
class RobloxSource:
    """Names searched among groups and experiences."""

    groups: str  #: address of the interface for groups
    search: str  #: address of the general search
    queries: tuple[str, ...]
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return groups and experiences that are new, renamed or described anew."""
        return follow(self._timelines(), Seen.read(cursor)).fetched

    def _timelines(self) -> dict[str, Ask]:
        groups: dict[str, Ask] = {f"groups {query}": self._groups(query) for query in self.queries}
        return groups | {f"experiences {query}": self._experiences(query) for query in self.queries}

    def _groups(self, query: str) -> Ask:
        asked = {"keyword": query, "limit": "100", "prioritizeExactMatch": "true", "sortOrder": "Asc"}

        def page(after: str) -> Page:
            response = self._ask(f"{self.groups}/v1/groups/search", asked | {"cursor": after})
            return self.tools.parsers.run(read_groups, response.body, self.tools.now())

        return page

    def _experiences(self, query: str) -> Ask:
        # The search wants some session's number; a fixed one says no more of us than our own name does.
        asked = {"searchQuery": query, "sessionId": "00000000-0000-4000-8000-000000000000", "pageType": "all"}

        def page(after: str) -> Page:
            response = self._ask(f"{self.search}/search-api/omni-search", asked | {"pageToken": after})
            return self.tools.parsers.run(read_experiences, response.body)

        return page

    def _ask(self, url: str, query: Mapping[str, str]) -> Response:
        return ask(self.tools, url, query, explain=explain)


def read_groups(body: bytes, now: datetime) -> Page:
    """Read a page of groups, the likeliest first. Runs in the parser pool."""
    document = read_json(body, HOST)
    rows = listing(document, HOST, "data")
    posts = tuple(_group(row, now) for row in rows if string(row, "id"))
    return Page(posts, string(document, "nextPageCursor"), len(rows))


def _group(row: Mapping[str, Any], now: datetime) -> Post:
    before = line(string(row, "previousName"))
    said = [string(row, "description"), f"(formerly {before})" if before else ""]
    return Post(
        id=f"group/{string(row, 'id')}",
        url=f"https://www.roblox.com/groups/{quote(string(row, 'id'))}",
        text=tidy("\n".join(part for part in said if part)),
        title=line(string(row, "name")),
        published=read_date(string(row, "created"), now),
    )


def read_experiences(body: bytes) -> Page:
    """Read a page of experiences, the likeliest first; persons among the finds are left out."""
    document = read_json(body, HOST)
    found = listing(document, HOST, "searchResults")
    rows = [row for group in found for row in tables(group, "contents")]
    posts = tuple(_experience(row) for row in rows if string(row, "universeId"))
    return Page(posts, string(document, "nextPageToken"), len(rows))


def _experience(row: Mapping[str, Any]) -> Post:
    place = string(row, "rootPlaceId")
    return Post(
        id=f"experience/{string(row, 'universeId')}",
        url=f"https://www.roblox.com/games/{quote(place)}" if place else "",
        text=tidy(string(row, "description")),
        title=line(string(row, "name")),
    )


def explain(status: int, body: bytes, host: str) -> None:
    """Say what a failure means. Runs in the parser pool."""
    if is_web_page(body):
        raise Refused(f"{host} answered {status} with a web page; it keeps programs out")
    try:
        errors = tables(read_json(body, host), "errors")
    except SourceError:
        return
    said = line(" ".join(string(error, "message") for error in errors))[:200]
    if "too many requests" in said.casefold():
        raise RateLimited(f"{host} was asked too often", USUAL_REST)
    if said and status == 400:
        raise Malformed(f"{host} did not understand the question: {said}")


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return RobloxSource(settings["url"], settings["search_url"], settings["queries"] or tools.names, tools)


_GROUPS, _SEARCH = "https://groups.roblox.com", "https://apis.roblox.com"
KIND = Kind(
    name="roblox",
    sees="Groups and experiences on Roblox whose name or description bears a searched name.",
    credential="none",
    limits="Names only: talk inside Roblox is not public. Not an official interface, so it may change.",
    terms="Roblox restricts automatic reading; asked seldom, and nothing is kept of persons.",
    keys=(
        Key("queries", words, "Names to search; left out, the federation's names.", (), '["Hollybush Nursery"]'),
        Key("url", server, "Where groups are asked for.", _GROUPS, f'"{_GROUPS}"'),
        Key("search_url", server, "Where experiences are asked for.", _SEARCH, f'"{_SEARCH}"'),
    ),
    every=timedelta(hours=12),
    build=_build,
)
