"""MediaWiki: Wikipedia, Fandom and any other wiki, by search for phrases or by following its changes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from sources.dates import read_date
from sources.documents import read_json, string, table, tables
from sources.errors import Malformed, RateLimited, Refused
from sources.keys import Key, Wrong, choice, web_address, words
from sources.markup import line, tidy, to_text, web_link
from sources.pages import Ask, Page, walk
from sources.post import Post
from sources.seen import Seen, content_hash
from sources.source import Fetched, Kind, Source, Tools

PER_PAGE = 50  #: the most of which a wiki gives the text in one answer
MOST_PAGES = 10
_RESTS = ("maxlag", "ratelimited", "readonly")


@dataclass(frozen=True, slots=True)
class MediaWikiSource:
    """One wiki."""

    address: str  #: of its api.php
    follows: str  #: "search", "changes"
    queries: tuple[str, ...]
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return the pages that are new or were edited, each with its whole text."""
        seen = Seen.read(cursor)

        def known(page: Page) -> bool:
            return self.follows == "changes" and all(
                seen.hashes.get(post.id) == content_hash(post) for post in page.posts
            )

        walks = [walk(ask, "", known, MOST_PAGES) for ask in self._asks()]
        posts, after = seen.fresh(post for walked in walks for post in walked.posts)
        return Fetched(posts, after.write(), sum(walked.shown for walked in walks))

    def _asks(self) -> list[Ask]:
        if self.follows == "changes":
            return [
                self._ask(
                    {"generator": "recentchanges", "grclimit": str(PER_PAGE), "grctype": "edit|new"}, "grccontinue"
                )
            ]
        # Without quotation marks and apostrophes, which the search of most wikis trips over.
        plain = [re.sub(r"[\"'’“”]", " ", query) for query in self.queries]
        return [
            self._ask(
                {"generator": "search", "gsrsearch": query, "gsrlimit": str(PER_PAGE), "gsrnamespace": "0|1|4"},
                "gsroffset",
            )
            for query in plain
        ]

    def _ask(self, generator: Mapping[str, str], continues: str) -> Ask:
        query = {
            "action": "query",
            "format": "json",
            "formatversion": "2",
            "maxlag": "5",
            "prop": "revisions|info",
            "rvprop": "ids|timestamp|user|comment|content",
            "rvslots": "main",
            "inprop": "url",
            **generator,
        }

        def ask(place: str) -> Page:
            asked = urlencode(query | ({continues: place} if place else {}))
            response = self.tools.client.request("GET", f"{self.address}?{asked}")
            return self.tools.parsers.run(read_pages, response.body, self.address, continues, self.tools.now())

        return ask


def read_pages(body: bytes, address: str, continues: str, now: datetime) -> Page:
    """Read pages with their text. Runs in the parser pool."""
    host = urlsplit(address).hostname or address
    document = read_json(body, host)
    _check(document, host)
    found = tables(document, "query", "pages")
    posts = tuple(post for page in found if (post := _post(page, address, now)))
    return Page(posts, string(document, "continue", continues), len(found))


def _check(document: Any, host: str) -> None:
    """Raise what a wiki says with status 200."""
    code = string(document, "error", "code")
    said = line(string(document, "error", "info"))[:200]
    if code in _RESTS:
        raise RateLimited(f"{host} asks to wait: {said or code}")
    if code in ("readapidenied", "permissiondenied", "blocked", "autoblocked"):
        raise Refused(f"{host} may not be read: {said or code}")
    if code:
        raise Malformed(f"{host} did not understand the question: {code}: {said}")
    if not table(document, "query") and "batchcomplete" not in table(document):
        raise Malformed(f"{host} sent neither pages nor the end of them; its interface may have changed")


def _post(page: Mapping[str, Any], address: str, now: datetime) -> Post | None:
    """Return a page as it is now; None where its text was deleted or hidden."""
    revision = next(iter(tables(page, "revisions")), None)
    content = string(revision, "slots", "main", "content") or string(revision, "content")
    if revision is None or not content or not string(page, "pageid"):
        return None
    link = web_link(string(page, "fullurl"), address)
    return Post(
        id=f"page-{string(page, 'pageid')}",
        url=link,
        text=plain_wikitext(content),
        title=line(string(page, "title")),
        author=line(string(revision, "user")),
        platform="wiki",
        published=read_date(string(revision, "timestamp"), now),
        language=string(page, "pagelanguage")[:35],
    )


def plain_wikitext(content: str) -> str:
    """Return wikitext as a reader would see most of it; what stands in templates is kept."""
    said = re.sub(r"<!--.*?-->", "", content, flags=re.DOTALL)
    said = re.sub(r"\[\[(?:[^\[\]|]*\|)*([^\[\]|]*)\]\]", r"\1", said)
    said = re.sub(r"\[(?:https?:)?//\S+\s*([^\]]*)\]", r"\1", said)
    said = re.sub(r"'{2,5}|\{\{|\}\}|^[=*#:;]+|=+\s*$|__[A-Z]+__", "", said, flags=re.MULTILINE)
    return tidy(to_text(said.replace("\n", "<br>")) if "<" in said else to_text(said))


def api_address(value: Any) -> str:
    """The address of a wiki's api.php."""
    address = web_address(value)
    if not urlsplit(address).path.endswith("/api.php") or urlsplit(address).query:
        raise Wrong("the address of a wiki's api.php, like https://en.wikipedia.org/w/api.php")
    return address


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return MediaWikiSource(settings["url"], settings["follows"], settings["queries"] or tools.names, tools)


KIND = Kind(
    name="mediawiki",
    sees="Pages and talk pages of a wiki that name the federation, or every page that changes there.",
    credential="none on public wikis",
    limits="500 finds of a search, 500 changed pages between two polls; a wiki's search may lag behind.",
    terms="Interfaces for programs are welcome to use; Wikimedia asks for a name and an address, which we send.",
    keys=(
        Key("url", api_address, "Address of its api.php.", example='"https://en.wikipedia.org/w/api.php"'),
        Key(
            "follows", choice("search", "changes"), "Search, or all changes of a small wiki.", "search", '"changes"'
        ),
        Key("queries", words, "Words to search; left out, the names.", (), '["Hollybush Nursery"]'),
    ),
    every=timedelta(hours=1),
    build=_build,
)
