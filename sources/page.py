"""A web page with posts or reviews: first what it says of itself in JSON-LD, then configured CSS selectors.

A page that shows nothing it should show has changed its shape or asks to sign in: a failure, never "0 posts".
The one door to BeautifulSoup.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urldefrag, urlsplit

from bs4 import BeautifulSoup, Tag

from sources.absence import gone_from
from sources.answers import Validators
from sources.challenges import wants_person
from sources.dates import read_date
from sources.errors import Malformed, Refused
from sources.keys import Key, Wrong, choice, text
from sources.markup import line, tidy, to_text, web_link
from sources.post import PLATFORMS, Post
from sources.profiles import public_page
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

ACCEPT = "text/html, application/xhtml+xml;q=0.9"
MOST_ITEMS = 500
DEEPEST = 12  #: levels of nested comments that are followed

#: schema.org types whose objects are posts.
_POST_TYPES = frozenset(
    (
        "Answer",
        "Article",
        "BlogPosting",
        "Comment",
        "CriticReview",
        "DiscussionForumPosting",
        "NewsArticle",
        "Question",
        "Review",
        "SocialMediaPosting",
        "UserReview",
    )
)
_TEXTS = ("articleBody", "reviewBody", "text", "description")


@dataclass(frozen=True, slots=True)
class Selectors:
    """CSS selectors: `item` for each post, the others within it; "" where not used."""

    item: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    date: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class PageSource:
    """A page at one address."""

    address: str
    platform: str
    selectors: Selectors
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new on the page."""
        seen = Seen.read(cursor)
        extra = seen.extra
        response = self.tools.client.get(
            self.address, validators=Validators(extra.get("etag"), extra.get("modified")), accept=ACCEPT
        )
        shown = extra.get("shown", 0)
        if response.not_modified and cursor is not None:
            return Fetched((), cursor, shown, unchanged=True)
        found: tuple[Post, ...] = self.tools.parsers.run(
            read_page, response.body, response.url, self.platform, self.selectors, self.tools.now()
        )
        posts, after = seen.fresh(found)
        validators = {"etag": response.headers.get("etag"), "modified": response.headers.get("last-modified")}
        after = replace(after, extra={**validators, "shown": len(found)})
        return Fetched(posts, after.write(), len(found))

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: those with an address of their own that answers 404 or 410."""
        elsewhere = tuple(post for post in posts if urldefrag(post.url).url != urldefrag(self.address).url)
        return Checked(gone_from(self.tools, elsewhere), cursor)


def read_page(body: bytes, url: str, platform: str, selectors: Selectors, now: datetime) -> tuple[Post, ...]:
    """Find the posts on a page, as it orders them. Raises Malformed or Refused. Runs in the parser pool."""
    soup = BeautifulSoup(body, "lxml")
    posts = {post.id: post for post in _described(soup, url, platform, now)}
    described = [_squeezed(post.text) for post in posts.values()]
    for post in _selected(soup, url, platform, selectors, now):
        if not any(_squeezed(post.text) in known for known in described):
            posts.setdefault(post.id, post)
    if not posts:
        raise _nothing_found(soup, url, selectors)
    return tuple(posts.values())[:MOST_ITEMS]


def _nothing_found(soup: BeautifulSoup, url: str, selectors: Selectors) -> Malformed | Refused:
    host = urlsplit(url).hostname
    if soup.select_one("input[type=password]"):
        return Refused(f"{host} asks to sign in; only public pages are read")
    if soup.title and wants_person(soup.title.get_text()):
        return Refused(f"{host} wants proof that a person is asking")
    if selectors.item:
        return Malformed(f"{host} shows nothing that matches item = {selectors.item!r}; the page may have changed")
    return Malformed(f"{host} describes no posts in JSON-LD; say with `item` where they stand on the page")


def _described(soup: BeautifulSoup, url: str, platform: str, now: datetime) -> Iterator[Post]:
    """Yield the posts of the page's JSON-LD."""
    for script in soup.select('script[type="application/ld+json"]'):
        try:
            document = json.loads(script.string or "", strict=False)
        except (ValueError, RecursionError):
            continue  # one broken block must not hide the others
        for thing, thread in _things(document, "", DEEPEST):
            post = _thing_post(thing, thread, url, platform, now)
            if post:
                yield post


def _things(node: Any, thread: str, depth: int) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield every object that is a post, with the title of what it answers."""
    if depth == 0:
        return
    if isinstance(node, list):
        for item in node:
            yield from _things(item, thread, depth - 1)
        return
    if not isinstance(node, Mapping):
        return
    title = _text_of(node.get("headline")) or _text_of(node.get("name"))
    if _types(node) & _POST_TYPES:
        yield node, thread
        thread = title or thread
    elif node.get("review") or node.get("reviews"):
        thread = title or thread
    for name in (
        "@graph",
        "mainEntity",
        "comment",
        "review",
        "reviews",
        "suggestedAnswer",
        "acceptedAnswer",
        "itemListElement",
        "item",
    ):
        yield from _things(node.get(name), thread, depth - 1)


def _types(node: Mapping[str, Any]) -> set[str]:
    found = node.get("@type")
    names = found if isinstance(found, list) else [found]
    return {str(name).rsplit("/", 1)[-1] for name in names}


def _thing_post(thing: Mapping[str, Any], thread: str, url: str, platform: str, now: datetime) -> Post | None:
    said = to_text(max((_text_of(thing.get(name)) for name in _TEXTS), key=len))
    title = line(_text_of(thing.get("headline")) or _text_of(thing.get("name")) or thread)
    if not said and not title:
        return None
    link = web_link(_text_of(thing.get("url")) or _text_of(thing.get("@id")), url)
    author = line(_text_of(thing.get("author")) or _text_of(thing.get("creator")))
    return Post(
        id=_text_of(thing.get("@id")) or link or _said_id(author, said or title),
        url=link or url,
        text=said,
        title=title,
        author=author,
        platform=platform,
        published=read_date(_text_of(thing.get("datePublished")) or _text_of(thing.get("dateCreated")), now),
        language=_text_of(thing.get("inLanguage"))[:35],
    )


def _text_of(value: Any) -> str:
    """Return a JSON-LD value as text: a string, the name of an object, or the first of a list."""
    if isinstance(value, list):
        return _text_of(value[0]) if value else ""
    if isinstance(value, Mapping):
        return _text_of(value.get("name") or value.get("@value"))
    return value if isinstance(value, str) else ""


def _selected(soup: BeautifulSoup, url: str, platform: str, selectors: Selectors, now: datetime) -> Iterator[Post]:
    """Yield the posts that the configured selectors find."""
    if not selectors.item:
        return
    page_title = line(soup.title.get_text()) if soup.title else ""
    for item in soup.select(selectors.item, limit=MOST_ITEMS):
        said = _part_text(item, selectors.text) if selectors.text else _element_text(item)
        title = " ".join(_part_text(item, selectors.title).split()) or page_title
        if not said and not selectors.title:
            continue
        author = " ".join(_part_text(item, selectors.author).split())
        link = _link(item, selectors.link, url)
        yield Post(
            id=link or str(item.get("id") or "") or _said_id(author, said or title),
            url=link or url,
            text=said,
            title=title,
            author=author,
            platform=platform,
            published=_date(item, selectors.date, now),
        )


def _part_text(item: Tag, selector: str) -> str:
    part = item.select_one(selector) if selector else None
    return _element_text(part) if part else ""


def _element_text(element: Tag) -> str:
    return tidy(to_text(str(element)))


def _link(item: Tag, selector: str, url: str) -> str:
    anchor = item.select_one(selector) if selector else None
    return web_link(str(anchor.get("href") or ""), url) if anchor else ""


def _date(item: Tag, selector: str, now: datetime) -> datetime | None:
    part = item.select_one(selector or "time[datetime]")
    if part is None:
        return None
    for raw in (part.get("datetime"), part.get("content"), part.get("title"), part.get_text()):
        found = read_date(str(raw), now) if raw else None
        if found:
            return found
    return None


def _said_id(author: str, said: str) -> str:
    return hashlib.blake2b(f"{author}\x1f{said}".encode("utf-8", "replace"), digest_size=12).hexdigest()


def _squeezed(said: str) -> str:
    return re.sub(r"\W+", "", said).casefold()


def css_selector(value: Any) -> str:
    """Read a CSS selector, or an empty text."""
    if value == "":
        return ""
    import soupsieve  # beautifulsoup4's own selector library

    try:
        soupsieve.compile(text(value))
    except soupsieve.SelectorSyntaxError:
        raise Wrong('a CSS selector like "article.post"') from None
    return text(value)


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    selectors = Selectors(*(settings[name] for name in ("item", "title", "text", "author", "date", "link")))
    return PageSource(settings["url"], settings["platform"], selectors, tools)


KIND = Kind(
    name="page",
    sees="The posts, comments or reviews shown on one public web page.",
    credential="none",
    limits="Only what the page shows at the moment of a poll; further pages are not followed.",
    terms="The site's terms and robots.txt hold; robots.txt is obeyed.",
    keys=(
        Key("url", public_page, "Address of the page.", example='"https://reviews.example/sandbank"'),
        Key("platform", choice(*PLATFORMS), "What kind of place it is.", "other", '"review"'),
        Key(
            "item",
            css_selector,
            "CSS selector of each post; needed where the page has no JSON-LD.",
            "",
            '"li.post"',
        ),
        Key("title", css_selector, "CSS selector of the title within an item.", "", '"h3"'),
        Key("text", css_selector, "CSS selector of the text within an item.", "", '".body"'),
        Key("author", css_selector, "CSS selector of the author within an item.", "", '".by"'),
        Key("date", css_selector, "CSS selector of the date within an item.", "", '"time"'),
        Key("link", css_selector, "CSS selector of the permalink within an item.", "", '"a.permalink"'),
    ),
    every=timedelta(hours=1),
    build=_build,
)
