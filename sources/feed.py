"""RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed. The one door to feedparser.

Bytes are parsed in the parser pool (`read_feed`), where they become posts; the source itself only keeps the
validators and the ids it has handed over.
"""

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from sources.absence import gone_from
from sources.answers import Validators
from sources.dates import read_date
from sources.discretion import discreet
from sources.errors import Malformed
from sources.keys import Key, Wrong, choice, words
from sources.markup import line, to_text, web_link
from sources.post import PLATFORMS, Post
from sources.profiles import public_page
from sources.redirects import unwrapped
from sources.rss import Channel, read_ordinary
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, */*;q=0.5"
MOST_ENTRIES = 500
_MARKUP = 50  #: characters by which markup may make a short text longer
LONGEST_PAUSE = timedelta(hours=6)  #: a feed may ask for less polling than configured, up to this
GOOGLE_NEWS = "https://news.google.com/rss/search?q={words}&hl=en-GB&gl=GB&ceid=GB%3Aen"

_SIGN_BY_NUMBER = re.compile(rb"&#([xX][0-9a-fA-F]{1,4000}|[0-9]{1,4000});")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a feed shows now."""

    posts: tuple[Post, ...]  #: in the feed's own order
    pause: timedelta | None  #: its `ttl`


@dataclass(frozen=True, slots=True)
class FeedSource:
    """A feed at one address."""

    address: str = field(repr=False)
    platform: str
    preset: str  #: "", "google-alerts", "google-news"
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new in the feed."""
        secret = urlsplit(self.address).path if self.preset == "google-alerts" else ""
        with discreet(secret):
            return self._fetch(cursor)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: those whose address answers 404 or 410.

        What a search found stands on sites that nobody configured, some of which forbid programs; nothing is asked.
        """
        return Checked(gone_from(self.tools, () if self.preset else posts), cursor)

    def _fetch(self, cursor: str | None) -> Fetched:
        seen = Seen.read(cursor)
        extra = seen.extra
        response = self.tools.client.get(
            self.address, validators=Validators(extra.get("etag"), extra.get("modified")), accept=ACCEPT
        )
        shown = extra.get("shown", 0)
        if response.not_modified and cursor is not None:
            return Fetched((), cursor, shown, unchanged=True)
        digest = hashlib.blake2b(response.body, digest_size=12).hexdigest()
        validators = {"etag": response.headers.get("etag"), "modified": response.headers.get("last-modified")}
        if digest == extra.get("digest"):
            return Fetched((), replace(seen, extra=extra | validators).write(), shown, unchanged=True)
        content_type = response.headers.get("content-type", "")
        found: Shown = self.tools.parsers.run(
            read_feed, response.body, content_type, response.url, self.platform, self.preset, self.tools.now()
        )
        posts, after = seen.fresh(found.posts)
        after = replace(after, extra={**validators, "digest": digest, "shown": len(found.posts)})
        return Fetched(posts, after.write(), len(found.posts), pause=found.pause)


def read_feed(body: bytes, content_type: str, url: str, platform: str, preset: str, now: datetime) -> Shown:
    """Parse a feed's bytes. Raises Malformed where they are no feed. Runs in the parser pool."""
    if body.lstrip()[:1] == b"{":
        return _read_json(body, url, platform, now)
    if b"<!ENTITY" in body[:100_000].upper():
        raise Malformed(f"{_host(url)} sent a feed that defines entities, which is refused")
    return _read_xml(body, content_type, url, platform, preset, now)


def _read_xml(body: bytes, content_type: str, url: str, platform: str, preset: str, now: datetime) -> Shown:
    declared = _declared(content_type, body)
    return shown(read_ordinary(body, declared) or read_any(body, declared, url), url, platform, preset, now)


def shown(channel: Channel, url: str, platform: str, preset: str, now: datetime) -> Shown:
    """Make posts of what a feed at `url` says."""
    base = web_link(channel.link or url, url) or url
    posts = [_post(entry, base, platform, preset, now) for entry in channel.entries[:MOST_ENTRIES]]
    return Shown(_with_distinct_ids(posts), _pause(channel.ttl))


def read_any(body: bytes, content_type: str, url: str) -> Channel:
    """Return what feedparser finds in a feed. Raises Malformed where it is none."""
    import feedparser  # only the pool's children pay for it, at their first unusual feed

    headers = {"content-type": content_type, "content-location": url}
    parsed = feedparser.parse(
        io.BytesIO(_SIGN_BY_NUMBER.sub(_possible, body)),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.entries:
        raise Malformed(_no_feed(body, url))
    return Channel(parsed.entries, parsed.feed.get("link"), parsed.feed.get("ttl"))


def _possible(sign: re.Match[bytes]) -> bytes:
    """Return a sign given by its number, where there is one: feedparser gives up a whole feed for half a sign."""
    number = sign[1].lower()
    code = int(number[1:], 16) if number.startswith(b"x") else int(number)
    return b"&#xFFFD;" if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else sign[0]


def _declared(content_type: str, body: bytes) -> str:
    """Return an XML content type, with the site's charset only where the document itself is silent."""
    charset = re.search(r"charset=\"?([\w.:-]+)", content_type, re.IGNORECASE)
    if charset and b"encoding=" not in body[:200]:
        return f"application/xml; charset={charset[1]}"
    return "application/xml"


def _no_feed(body: bytes, url: str) -> str:
    if re.search(rb"<(!doctype html|html|body)\b", body[:2000], re.IGNORECASE):
        return f"{_host(url)} sent a web page where a feed was expected"
    return f"{_host(url)} sent nothing that can be read as a feed" if body.strip() else f"{_host(url)} sent nothing"


def _post(entry: Any, base: str, platform: str, preset: str, now: datetime) -> Post:
    link = web_link(entry.get("link"), base)
    if preset == "google-alerts":
        link = unwrapped(link)
    title = line(entry.get("title", ""))
    text = _said(entry)
    # "in" first: feedparser answers for `updated` with `published`, and warns of it.
    dates = (read_date(entry[name], now) for name in ("published", "updated", "created") if name in entry)
    return Post(
        id=(link if preset == "google-alerts" else str(entry.get("id") or "")) or link or _said_id(title, text),
        url=link,
        text=text,
        title=title,
        author=line(_author(entry)),
        platform=platform,
        published=next((date for date in dates if date), None),
        language=_longest_language(entry),
    )


def _said_id(title: str, text: str) -> str:
    return hashlib.blake2b(f"{title}\x1f{text}".encode("utf-8", "replace"), digest_size=12).hexdigest()


def _said(entry: Any) -> str:
    """Return the whole text, not its summary; WordPress writes the markup of comments into the latter."""
    whole = max((to_text(str(part.get("value") or "")) for part in entry.get("content", ())), key=len, default="")
    summary = to_text(str(entry.get("summary") or ""))
    return whole if whole and len(summary) <= 2 * len(whole) + _MARKUP else summary


def _longest_language(entry: Any) -> str:
    return next((str(part["language"]) for part in entry.get("content", ()) if part.get("language")), "")[:35]


def _author(entry: Any) -> str:
    source = entry.get("source") or {}
    author = str(entry.get("author") or source.get("title") or "")
    named = (entry.get("author_detail") or {}).get("name")
    if named and re.search(r"\(\S+@\S+\)$", author):  # feedparser's own joining of Atom's name and address
        return str(named)
    mail_first = re.fullmatch(r"\S+@\S+\s+\((.+)\)", author)  # RSS 2.0's own form
    return mail_first[1] if mail_first else author


def _with_distinct_ids(posts: list[Post]) -> tuple[Post, ...]:
    """Tell apart entries to which a careless feed gave the same id."""
    distinct: dict[str, Post] = {}
    for post in posts:
        known = distinct.get(post.id)
        if known and (known.url, known.title) != (post.url, post.title):
            post = replace(post, id=f"{post.id} {post.url or post.title}")
        distinct.setdefault(post.id, post)
    return tuple(distinct.values())


def _pause(ttl: Any) -> timedelta | None:
    if not re.fullmatch(r"\d{1,6}", str(ttl or "").strip()):
        return None
    return min(timedelta(minutes=int(ttl)), LONGEST_PAUSE)


def _read_json(body: bytes, url: str, platform: str, now: datetime) -> Shown:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{_host(url)} sent a feed in broken JSON") from error
    version = document.get("version")
    items = document.get("items")
    if not isinstance(version, str) or "jsonfeed.org" not in version or not isinstance(items, list):
        raise Malformed(f"{_host(url)} sent JSON that is not a JSON Feed")
    base = web_link(_string(document.get("home_page_url")), url) or url
    authors = document.get("authors") or [document.get("author")]
    posts = [
        _json_post(item, base, authors, platform, now) for item in items[:MOST_ENTRIES] if isinstance(item, dict)
    ]
    return Shown(_with_distinct_ids(posts), None)


def _json_post(item: Mapping[str, Any], base: str, authors: Any, platform: str, now: datetime) -> Post:
    link = web_link(_string(item.get("url")) or _string(item.get("external_url")), base)
    title = line(_string(item.get("title")))
    text = to_text(_string(item.get("content_html")) or _string(item.get("summary")))
    plain = _string(item.get("content_text"))
    text = to_text(plain) if len(plain) > len(text) else text
    published = _string(item.get("date_published")) or _string(item.get("date_modified"))
    return Post(
        id=_string(item.get("id")) or link or _said_id(title, text),
        url=link,
        text=text,
        title=title,
        author=line(_json_author(item.get("authors") or [item.get("author")]) or _json_author(authors)),
        platform=platform,
        published=read_date(published, now),
        language=_string(item.get("language"))[:35],
    )


def _json_author(authors: Any) -> str:
    named = authors if isinstance(authors, list) else []
    return next((_string(author.get("name")) for author in named if isinstance(author, dict)), "")


def _string(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def search_address(queries: tuple[str, ...], recent: str = "7d") -> str:
    """Return the Google News search feed for any of the given phrases."""
    wanted = " OR ".join(f'"{query.strip(chr(34))}"' for query in queries)
    return GOOGLE_NEWS.format(words=quote(f"{wanted} when:{recent}", safe=""))


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    preset = settings.get("preset", "")
    if preset == "google-news":
        return FeedSource(search_address(settings["queries"] or tools.names), "news", preset, tools)
    return FeedSource(settings["url"], settings["platform"], preset, tools)


def _build_preset(preset: str) -> Any:
    def build(settings: Mapping[str, Any], tools: Tools) -> Source:
        return _build({"platform": "other", **settings, "preset": preset}, tools)

    return build


def feed_address(value: Any) -> str:
    """Read the address of a feed that programs may read and that is no person's."""
    address = public_page(value)
    parts = urlsplit(address)
    if (parts.hostname or "").endswith("youtube.com") and parts.path.startswith("/feeds/"):
        raise Wrong("another feed: YouTube's robots.txt keeps programs from this one; use the kind youtube-channel")
    return address


_URL = Key("url", feed_address, "Address of the feed.", example='"https://news.example/walsall/feed"')
_QUERIES = Key("queries", words, "Phrases to search; left out, the federation's own names.", (), '["Sandbank"]')

KINDS = (
    Kind(
        name="feed",
        sees="The newest entries of any RSS, Atom or JSON feed.",
        credential="none",
        limits="What has left the feed before a poll is missed; feeds hold 10 to 50 entries.",
        terms="Feeds are published to be read; robots.txt is obeyed.",
        keys=(
            _URL,
            Key("platform", choice(*PLATFORMS), "What kind of place it is.", "news", '"forum"'),
            Key("preset", choice("", "google-alerts"), "Tells how a special feed is read.", "", '"google-alerts"'),
        ),
        every=timedelta(minutes=30),
        build=_build,
    ),
    Kind(
        name="google-alerts",
        sees="What Google finds for a saved search, forums and blogs included.",
        credential="the address of an alert made by hand at google.com/alerts, delivered to a feed",
        limits="The 20 newest finds, hours after publication; poor on social media.",
        terms="A free personal tool without a promise; the address is a secret.",
        keys=(replace(_URL, secret=True),),
        every=timedelta(minutes=30),
        build=_build_preset("google-alerts"),
    ),
    Kind(
        name="google-news",
        sees="News articles that match the federation's names, by headline and publisher.",
        credential="none",
        limits="At most 100 finds of the last 7 days; links lead through Google.",
        terms="Not an official interface; asked gently.",
        keys=(_QUERIES,),
        every=timedelta(hours=1),
        build=_build_preset("google-news"),
    ),
)
