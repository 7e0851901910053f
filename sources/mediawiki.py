"""MediaWiki: Wikipedia, Fandom and any other wiki, by search for phrases or by following its changes.

A poll first lists pages with the number of their newest version, then asks for the text of those that are new.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode, urlsplit

from sources.bodies import MIB
from sources.dates import read_date
from sources.documents import read_json, string, table, tables, value
from sources.errors import Malformed, RateLimited, Refused
from sources.keys import Key, Wrong, choice, web_address, words
from sources.markup import line, tidy, to_text, web_link
from sources.post import Post
from sources.seen import Seen, oldest_first
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

PER_LIST = 500  #: pages named in one answer
PER_CHECK = 50  #: pages looked for at once
PER_TEXT = 20  #: pages whose text is asked for at once
MOST_LISTS = 10  #: of changes in one poll; one at the first poll, and of a search
MOST_TEXTS = 200  #: pages whose text is read in one poll; the others wait for the next
LARGEST = 16 * MIB  #: bytes of an answer; a wiki stops at 12 MiB by itself, and says how to go on
_RESTS = ("maxlag", "ratelimited", "readonly")
_SEARCHES = ("text", "title")  #: many wikis search the two apart

Versions = dict[str, str]  #: of pages, both by their ids


@dataclass(frozen=True, slots=True)
class Answer:
    """What a wiki said."""

    versions: Versions  #: of every page it named
    posts: tuple[Post, ...]  #: those of which it gave the text
    more: str  #: what asks for the rest, as JSON; "" at the end
    missing: frozenset[str]  #: pages that are not there


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
        listed = self._changed(seen) if self.follows == "changes" else self._found()
        new = dict(islice(((page, at) for page, at in listed.items() if seen.hashes.get(page) != at), MOST_TEXTS))
        read = list(self._texts(list(new)))
        known = {page: at for page, at in listed.items() if page in new or page in seen.hashes}
        for answer in read:
            known |= answer.versions  # a page may have changed since it was listed
        posts = {post.id: post for answer in read for post in answer.posts}
        return Fetched(oldest_first(list(posts.values())), seen.noted(known).write(), len(listed))

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which pages are gone: those of which the wiki says that they are missing."""
        gone: set[str] = set()
        for start in range(0, len(posts), PER_CHECK):
            numbers = [post.id.removeprefix("page-") for post in posts[start : start + PER_CHECK]]
            gone |= self._ask({"pageids": "|".join(numbers), "prop": "info"}).missing
        return Checked(frozenset(gone), cursor)

    def _found(self) -> Versions:
        """Return the pages that a search finds."""
        found: Versions = {}
        for query in self.queries:
            wanted = {"gsrsearch": searchable(query), "gsrlimit": str(PER_LIST)}
            for what in _SEARCHES:
                asked = {"generator": "search", "gsrwhat": what, "gsrnamespace": "0|1|4", "prop": "info", **wanted}
                found |= self._ask(asked).versions
        return found

    def _changed(self, seen: Seen) -> Versions:
        """Return the pages that changed, down to what is known."""
        changed: Versions = {}
        asked = {"generator": "recentchanges", "grclimit": str(PER_LIST), "grctype": "edit|new", "prop": "info"}
        more = ""
        for _ in range(MOST_LISTS if seen.hashes else 1):
            answer = self._ask(asked, more)
            changed = answer.versions | changed
            more = answer.more
            if not more or answer.versions.items() <= seen.hashes.items():
                break
        return changed

    def _texts(self, pages: list[str]) -> Iterator[Answer]:
        """Yield answers with the texts of pages. A long text comes alone, so there are as many as pages at most."""
        for start in range(0, len(pages), PER_TEXT):
            some = pages[start : start + PER_TEXT]
            asked = {
                "pageids": "|".join(page.removeprefix("page-") for page in some),
                "prop": "revisions|info",
                "rvprop": "ids|timestamp|user|content",
                "rvslots": "main",
                "inprop": "url",
            }
            more = ""
            for _ in some:
                answer = self._ask(asked, more)
                yield answer
                more = answer.more
                if not more:
                    break

    def _ask(self, query: Mapping[str, str], more: str = "") -> Answer:
        usual = {"action": "query", "format": "json", "formatversion": "2", "maxlag": "5"}
        asked = urlencode({**usual, **query, **(json.loads(more) if more else {})})
        response = self.tools.client.get(
            f"{self.address}?{asked}", accept="application/json", robots=False, most=LARGEST
        )
        return self.tools.parsers.run(read_pages, response.body, self.address, self.tools.now())


def read_pages(body: bytes, address: str, now: datetime) -> Answer:
    """Read what a wiki says of pages. Runs in the parser pool."""
    host = urlsplit(address).hostname or address
    document = read_json(body, host)
    if string(document, "error", "code").endswith("search-title-disabled"):
        return Answer({}, (), "", frozenset())  # this wiki searches titles together with texts
    _check(document, host)
    named = [page for page in tables(document, "query", "pages") if string(page, "pageid")]
    found = [page for page in named if not value(page, "missing")]
    more = table(document, "continue")
    return Answer(
        {_id(page): string(page, "lastrevid") for page in found},
        tuple(post for page in found if (post := _post(page, address, now))),
        json.dumps(more) if more else "",
        frozenset(_id(page) for page in named if value(page, "missing")),
    )


def _id(page: Mapping[str, Any]) -> str:
    return f"page-{string(page, 'pageid')}"


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
    """Return a page as it is now; None where its text does not come, was deleted or hidden."""
    revision = next(iter(tables(page, "revisions")), None)
    content = string(revision, "slots", "main", "content")
    if revision is None or not content:
        return None
    return Post(
        id=_id(page),
        url=web_link(string(page, "fullurl"), address),
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


def searchable(query: str) -> str:
    """Return a phrase without what the search of most wikis trips over: quotation marks, and apostrophes of either
    shape, for which the beginning of the word must do."""
    return " ".join(re.sub(r"[\"'’“”]", " ", re.sub(r"(\w{3,})['’]\w*", r"\1*", query)).split())


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
    limits="500 finds of a search, 5,000 changes between two polls; a wiki's search may lag behind.",
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
