"""What one document of a website says: an HTML page, a PDF or a feed. Runs in the parser pool.

Of a page, the menu, the header and the footer are left out, so that a new menu does not make every page new.
"""

import codecs
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import lxml.html
from lxml import etree

from sources.challenges import wants_person
from sources.dates import read_date
from sources.errors import Malformed, Refused
from sources.feed import read_feed
from sources.markup import element_text, line, tidy, web_link
from sources.pdf import read_pdf
from sources.post import MAX_TEXT

MOST_LINKS = 1000
_ASIDE = (
    "//nav|//header[not(ancestor::article)]|//footer[not(ancestor::article)]|//form|//script|//style|//noscript"
    "|//template|//iframe|//svg|//*[@role='navigation' or @role='banner' or @role='contentinfo']"
    "|//*[@hidden or @aria-hidden='true']"
)
_MAIN = ("//main", "//*[@role='main']", "//*[@id='content' or @id='main']", "//article")
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|sessionid|phpsessid", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """One document."""

    url: str  #: as the site itself names it
    title: str
    parts: tuple[tuple[str, str], ...]  #: where each stands in the document ("", "#page=2" ...), and its text
    links: tuple[str, ...]  #: pages of the same host that it leads to
    published: datetime | None


def read_document(body: bytes, content_type: str, url: str, now: datetime) -> Document:
    """Read a document. Raises Malformed, or Refused where a page wants proof that a person is asking."""
    if body[:1024].lstrip().startswith(b"%PDF"):
        return _read_pdf(body, url)
    if re.search(rb"<(rss|feed|rdf:RDF)\b", body[:2000]):
        posts = read_feed(body, content_type, url, "other", "", now).posts
        return Document(url, "", (), _own(tuple(post.url for post in posts), url), None)
    if "html" in content_type or re.search(rb"<(!doctype html|html|body)\b", body[:2000], re.IGNORECASE):
        return _read_page(body, content_type, url, now)
    raise Malformed(f"{_host(url)} sent neither a page nor a PDF")


def _read_pdf(body: bytes, url: str) -> Document:
    title, pages = read_pdf(body, _host(url))
    parts = tuple((f"#page={number}", said) for number, said in enumerate(pages, 1) if said)
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    return Document(url, line(title) or name, parts, (), None)


def _read_page(body: bytes, content_type: str, url: str, now: datetime) -> Document:
    charset = re.search(r"charset=\"?([\w.:-]+)", content_type, re.IGNORECASE)
    try:
        root = lxml.html.document_fromstring(body, parser=lxml.html.HTMLParser(encoding=_known(charset)))
    except (etree.ParserError, ValueError) as error:
        raise Malformed(f"{_host(url)} sent a page without anything in it") from error
    title = line(root.findtext(".//title") or "")
    links = _own(tuple(str(link) for link in root.xpath("//a/@href|//link[@rel='alternate']/@href")), url)
    if not links and wants_person(title):
        raise Refused(f"{_host(url)} wants proof that a person is asking")
    published = _published(root, now)
    canonical = next(iter(_own(tuple(map(str, root.xpath("//link[@rel='canonical']/@href")))[:1], url)), "")
    heading = line(_words(root, "//main//h1") or _words(root, "//h1"))
    parts = _parts(_main_text(root))
    return Document(canonical or url, _titled(title, heading), parts, links, published)


def _known(charset: re.Match[str] | None) -> str | None:
    """Return the charset that a header declares, where Python knows it."""
    try:
        return codecs.lookup(charset[1]).name if charset else None
    except LookupError:
        return None


def _titled(title: str, heading: str) -> str:
    return title if not heading or heading in title else f"{heading} – {title}".removesuffix(" – ")


def _words(root: lxml.html.HtmlElement, path: str) -> str:
    found = root.xpath(path)
    return element_text(found[0]) if found else ""


def _main_text(root: lxml.html.HtmlElement) -> str:
    for element in root.xpath(_ASIDE):
        element.drop_tree()
    for path in _MAIN:
        found = root.xpath(path)
        if found:
            return "\n\n".join(element_text(element) for element in _outermost(found))
    body = root.find("body")
    return element_text(root if body is None else body)


def _outermost(elements: list[lxml.html.HtmlElement]) -> list[lxml.html.HtmlElement]:
    chosen = set(elements)
    return [element for element in elements if not any(above in chosen for above in element.iterancestors())]


def _parts(said: str) -> tuple[tuple[str, str], ...]:
    """Cut a text where it is longer than a post may be; nothing is left out."""
    pieces = [tidy(said[at : at + MAX_TEXT]) for at in range(0, min(len(said), MAX_TEXT * 20), MAX_TEXT)]
    return tuple(
        (f"#part-{number}" if number > 1 else "", piece) for number, piece in enumerate(pieces, 1) if piece
    )


def _published(root: lxml.html.HtmlElement, now: datetime) -> datetime | None:
    said = root.xpath(
        "//meta[@property='article:modified_time' or @property='article:published_time']/@content"
        "|//main//time/@datetime|//article//time/@datetime"
    )
    return next((date for raw in said if (date := read_date(str(raw), now))), None)


def _own(links: tuple[str, ...], url: str) -> tuple[str, ...]:
    """Return the links that stay on the host, each once, without what only tracks."""
    found = (plain_address(link) for raw in links[: MOST_LINKS * 2] if (link := web_link(raw, url)))
    return tuple(dict.fromkeys(link for link in found if is_same_site(link, url)))[:MOST_LINKS]


def plain_address(link: str) -> str:
    """Return an address without its fragment and without what only tracks."""
    parts = urlsplit(link)
    query = [(name, value) for name, value in parse_qsl(parts.query, True) if not _TRACKING.fullmatch(name)]
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", urlencode(query), ""))


def is_same_site(link: str, url: str) -> bool:
    """Tell whether two addresses are of one site: the same host, with or without "www."."""
    return _host(link).removeprefix("www.") == _host(url).removeprefix("www.")


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
