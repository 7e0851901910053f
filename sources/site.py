"""The federation's own website, so that a child named there by accident is found first by its own people.

Each poll asks the first page, the sitemap, and as many further pages as a poll may ask: those never asked first,
then those the sitemap calls changed, then those asked longest ago. A page or a PDF whose words changed comes again.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sources.absence import GONE, gone_from
from sources.answers import Response, Validators
from sources.bodies import MIB
from sources.errors import Malformed, Refused, SourceError, Unreachable
from sources.keys import Key, whole_number
from sources.post import Post
from sources.profiles import public_page
from sources.seen import oldest_first
from sources.sitemap import Sitemap, read_sitemap
from sources.source import Checked, Fetched, Held, Kind, Source, Tools
from sources.website import Document, is_same_site, plain_address, read_document

ACCEPT = "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.1"
LARGEST = 20 * MIB  #: bytes of a newsletter
PER_POLL = 40  #: pages asked in one poll, the first page and sitemaps beside
MOST_MAPS = 8
MOST_LIKE_THIS = 60  #: addresses that differ in their query only: a calendar has no end
_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
_NOT_READ = re.compile(
    r"\.(jpe?g|png|gif|webp|svg|ico|bmp|heic|mp[34g]|m4[av]|mov|avi|wav|ogg|zip|gz|css|js|json|woff2?|ttf|exe|docx?"
    r"|xlsx?|pptx?|ics|vcf)$|/(wp-admin|wp-json|wp-login|login|logout|cart|cdn-cgi)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Visit:
    """What is remembered of one page."""

    round: int = 0  #: the poll in which it was asked last; 0: never
    changed: str = ""  #: what the sitemap said of it then
    etag: str = ""
    modified: str = ""
    marks: tuple[str, ...] = ()  #: hashes of its parts


@dataclass(frozen=True, slots=True)
class Visited:
    """The cursor: every known page, in the order in which they were found."""

    round: int = 0
    pages: dict[str, Visit] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> "Visited":
        """Open a cursor; None opens an empty one. Raises Malformed."""
        if cursor is None:
            return cls()
        try:
            content = json.loads(cursor)
            pages = {
                url: Visit(row[0], row[1], row[2], row[3], tuple(row[4])) for url, row in content["pages"].items()
            }
            return cls(int(content["round"]), pages)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise Malformed(f"the cursor cannot be read: {cursor[:40]!r}") from error

    def write(self) -> str:
        """Close it again."""
        pages = {url: list(asdict(visit).values()) for url, visit in self.pages.items()}
        return json.dumps({"round": self.round, "pages": pages}, separators=(",", ":"), ensure_ascii=False)


@dataclass(slots=True)
class _Walk:
    """One poll on its way."""

    round: int
    pages: dict[str, Visit]
    most: int
    changed: dict[str, str] = field(default_factory=dict)  #: what the sitemap says now
    posts: list[Post] = field(default_factory=list)
    asked: int = 0
    trouble: SourceError | None = None

    def discover(self, links: Iterable[str]) -> None:
        """Note pages that were not known, as far as there is room."""
        for link in links:
            if link not in self.pages and len(self.pages) < self.most and self._is_wanted(link):
                self.pages[link] = Visit()

    def _is_wanted(self, link: str) -> bool:
        parts = urlsplit(link)
        if _NOT_READ.search(parts.path):
            return False
        stem = link.partition("?")[0] + "?"
        return not parts.query or sum(known.startswith(stem) for known in self.pages) < MOST_LIKE_THIS

    def next(self, asked: set[str]) -> str | None:
        """Return the page to ask now: never asked, called changed, or asked longest ago."""
        waiting = (url for url in self.pages if url not in asked)
        return min(waiting, key=self._urgency, default=None)

    def _urgency(self, url: str) -> tuple[bool, bool, int]:
        visit = self.pages[url]
        return visit.round > 0, self.changed.get(url, visit.changed) == visit.changed, visit.round


@dataclass(frozen=True, slots=True)
class SiteSource:
    """One website."""

    address: str
    most: int  #: pages
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new or changed on the site."""
        visited = Visited.read(cursor)
        walk = _Walk(visited.round + 1, dict(visited.pages), self.most)
        home = plain_address(self.address)
        walk.discover([home])
        self._visit(walk, home)
        if walk.trouble:
            raise walk.trouble
        self._read_maps(walk)
        if len(walk.pages) < 2:
            raise Malformed(f"{urlsplit(home).hostname} shows no page that leads further; it may have changed")
        self._visit_more(walk, {home})
        after = Visited(walk.round, walk.pages)
        return Fetched(oldest_first(list(reversed(walk.posts))), after.write(), len(walk.pages))

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: those whose address answers 404 or 410."""
        return Checked(gone_from(self.tools, posts), cursor)

    def _visit_more(self, walk: _Walk, asked: set[str]) -> None:
        read = 0
        while len(asked) <= PER_POLL and (url := walk.next(asked)):
            asked.add(url)
            walk.trouble = None
            self._visit(walk, url)
            read += walk.trouble is None
            if walk.trouble and not isinstance(walk.trouble, Malformed | Refused):
                break  # the site is in trouble: the rest waits for the next poll
        if walk.trouble and not read:
            raise walk.trouble

    def _visit(self, walk: _Walk, url: str) -> None:
        """Ask one page and note what it says. A page that cannot be read leaves its trouble in the walk."""
        visit = walk.pages[url]
        validators = Validators(visit.etag or None, visit.modified or None) if visit.marks else None
        noted = replace(visit, round=walk.round, changed=walk.changed.get(url, visit.changed))
        try:
            response = self.tools.client.get(
                url,
                validators=validators,
                accept=ACCEPT,
                most=LARGEST,
                allow_status=() if walk.asked == 0 else GONE,
            )
            walk.asked += 1
            if response.status in GONE:
                del walk.pages[url]
            elif response.not_modified or not is_same_site(response.url, self.address):
                walk.pages[url] = noted
            else:
                self._note(walk, url, noted, response)
        except SourceError as error:
            walk.trouble = error
            if not isinstance(error, Unreachable):
                walk.pages[url] = noted

    def _note(self, walk: _Walk, url: str, visit: Visit, response: Response) -> None:
        content_type = response.headers.get("content-type", "")
        document: Document = self.tools.parsers.run(
            read_document, response.body, content_type, response.url, self.tools.now()
        )
        walk.discover(document.links)
        posts = self._posts(url, document)
        marks = tuple(_mark(post) for post in posts)
        known = set(visit.marks)
        walk.posts += [post for post, mark in zip(posts, marks, strict=True) if mark not in known]
        headers = response.headers
        walk.pages[url] = replace(
            visit, etag=headers.get("etag", ""), modified=headers.get("last-modified", ""), marks=marks
        )

    def _posts(self, url: str, document: Document) -> list[Post]:
        """Return the parts of a document; all of them are the federation's own words."""
        return [
            Post(
                id=f"{url}{place}",
                url=f"{document.url}{place}" if place.startswith("#page") else document.url,
                text=text,
                title=document.title,
                author=self.tools.names[0],
                bio="own website",
                published=document.published,
            )
            for place, text in document.parts
        ]

    def _read_maps(self, walk: _Walk) -> None:
        """Read the sitemaps there are; a site need not have any."""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.address))
        waiting = [f"{origin}{path}" for path in _SITEMAPS]
        read = 0
        while waiting and read < MOST_MAPS:
            found = self._sitemap(waiting.pop(0))
            if found is None:
                continue
            read += 1
            own = {plain_address(page): said for page, said in found.pages.items() if is_same_site(page, origin)}
            walk.changed |= own
            walk.discover(own)
            waiting = [each for each in found.maps if is_same_site(each, origin)] + (waiting if read == 0 else [])

    def _sitemap(self, url: str) -> Sitemap | None:
        try:
            response = self.tools.client.get(url, accept="application/xml, text/xml", allow_status=GONE)
            if response.status in GONE:
                return None
            return self.tools.parsers.run(read_sitemap, response.body, response.url)
        except SourceError:
            return None  # links lead to the pages too, and the pages tell of the site's trouble


def _mark(post: Post) -> str:
    return hashlib.blake2b(f"{post.title}\x1f{post.text}".encode("utf-8", "replace"), digest_size=6).hexdigest()


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return SiteSource(settings["url"], settings["pages"], tools)


KIND = Kind(
    name="site",
    sees="Every page and PDF newsletter of the federation's own website, found by sitemap and links.",
    credential="none",
    limits=f"{PER_POLL} pages per poll, new and changed ones first; no scanned PDFs, Word files or pictures.",
    terms="The federation's own; robots.txt is obeyed.",
    keys=(
        Key("url", public_page, "The site's first page.", example='"https://www.sandbank-valley.example/"'),
        Key("pages", whole_number(10, 2000), "Most pages that are watched.", 500, "500"),
    ),
    every=timedelta(hours=1),
    build=_build,
)
