"""Forums by their feeds: finds the feed of a phpBB, vBulletin, XenForo, Invision, NodeBB or Ning address.

The first poll reads the forum's page, recognises the software and tries its feeds; the one that answers is kept
in the cursor and looked for anew when it no longer answers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml import etree

from sources.absence import gone_from
from sources.challenges import wants_person
from sources.documents import string
from sources.errors import Malformed, Refused
from sources.feed import ACCEPT, read_feed
from sources.keys import Key
from sources.markup import web_link
from sources.post import Post
from sources.profiles import public_page
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

#: How each software is recognised in a page, and where its feeds are, best first.
SOFTWARE: dict[str, tuple[str, tuple[str, ...]]] = {
    "phpbb": (r"id=\"phpbb\"|Powered by phpBB|phpbb\.com", ("feed", "app.php/feed", "feed.php")),
    "vbulletin": (
        r"vbulletin-core\.js|js/header-rollup|name=\"generator\" content=\"vBulletin",
        ("external.php?type=RSS2&lastpost=1", "external?type=rss2"),
    ),
    "xenforo": (r"<html[^>]+id=\"(?:XF|XenForo)\"", ("forums/-/index.rss",)),
    "invision": (r"ipsApp|ips_uid|Invision Community", ("discover/all.xml/", "index.php?/discover/all.xml/")),
    "nodebb": (r"nodebb\.min\.js|NodeBB", ("recentposts.rss",)),
    "ning": (
        r"static\.ning\.com/socialnetworkmain",
        ("forum/topic/list?feed=yes&xn_auth=no", "activity/log/list?fmt=rss"),
    ),
}
#: Whose feeds name the thread, not the post: each newer answer makes it a new one.
_BY_THREAD = ("vbulletin", "xenforo")


@dataclass(frozen=True, slots=True)
class Found:
    """What a forum's page says of itself."""

    software: str  #: "" where it is not recognised
    feeds: tuple[str, ...]  #: where its feeds may be, best first


@dataclass(frozen=True, slots=True)
class ForumSource:
    """One forum, or one of its boards."""

    address: str
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return the posts that are new in the forum's feed."""
        seen = Seen.read(cursor)
        feed, software = string(seen.extra, "feed"), string(seen.extra, "software")
        if feed:
            try:
                return self._read(seen, feed, software)
            except Refused:
                pass  # the forum may have moved its feed
        return self._find(seen)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: those whose address answers 404 or 410."""
        return Checked(gone_from(self.tools, posts), cursor)

    def _find(self, seen: Seen) -> Fetched:
        response = self.tools.client.get(self.address, accept="text/html")
        found: Found = self.tools.parsers.run(find_feeds, response.body, response.url)
        trouble: Refused | Malformed | None = None
        for feed in found.feeds:
            try:
                return self._read(seen, feed, found.software)
            except (Refused, Malformed) as error:
                trouble = trouble or error
        raise trouble or Malformed(f"{urlsplit(self.address).hostname} shows no sign of a feed; try kind page")

    def _read(self, seen: Seen, feed: str, software: str) -> Fetched:
        response = self.tools.client.get(feed, accept=ACCEPT)
        content_type = response.headers.get("content-type", "")
        posts: tuple[Post, ...] = self.tools.parsers.run(
            read_posts, response.body, content_type, response.url, software, self.tools.now()
        )
        fresh, after = seen.fresh(posts)
        return Fetched(fresh, replace(after, extra={"feed": feed, "software": software}).write(), len(posts))


def find_feeds(body: bytes, url: str) -> Found:
    """Recognise a forum's software and list its feeds. Raises Refused. Runs in the parser pool."""
    page = body.decode("utf-8", "replace")
    title = re.search(r"<title[^>]*>([^<]*)", page, re.IGNORECASE)
    if title and wants_person(title[1]):
        raise Refused(f"{urlsplit(url).hostname} wants proof that a person is asking")
    software = next((name for name, (sign, _) in SOFTWARE.items() if re.search(sign, page, re.IGNORECASE)), "")
    base = url if url.endswith("/") else url.rpartition("/")[0] + "/"
    usual = [urljoin(base, path) for path in SOFTWARE[software][1]] if software else []
    return Found(software, tuple(dict.fromkeys((*usual, *_named(body, url)))))


def _named(body: bytes, url: str) -> list[str]:
    """Return the feeds of the same host that a page names itself."""
    try:
        root = lxml.html.document_fromstring(body)
    except (etree.ParserError, ValueError):
        return []
    links = root.xpath("//link[@rel='alternate' and (contains(@type,'rss') or contains(@type,'atom'))]/@href")
    found = (web_link(str(link), url) for link in links[:20])
    return [link for link in found if link and urlsplit(link).hostname == urlsplit(url).hostname]


def read_posts(body: bytes, content_type: str, url: str, software: str, now: datetime) -> tuple[Post, ...]:
    """Read a forum's feed. Runs in the parser pool."""
    posts = read_feed(body, content_type, url, "forum", "", now).posts
    return tuple(_settled(post, software) for post in posts)


def _settled(post: Post, software: str) -> Post:
    """Return a post without what changes by itself, and with an id that changes with every answer."""
    if software == "phpbb":  # it counts the views below each post, which would make every poll an edit
        return replace(post, text=re.sub(r"\s*Statistics: [^\n]*\s*$", "", post.text))
    if software in _BY_THREAD and post.published:
        return replace(post, id=f"{post.id} {post.published.isoformat()}")
    return post


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return ForumSource(settings["url"], tools)


KIND = Kind(
    name="forum-feed",
    sees="The newest posts of a phpBB, vBulletin, XenForo, Invision, NodeBB or older Ning forum.",
    credential="none where the forum can be read without signing in",
    limits="10 to 20 posts a feed, so a busy forum is missed in part; some forums turn programs away.",
    terms="Feeds are published to be read; robots.txt is obeyed, and a forum that wants a person is left alone.",
    keys=(
        Key("url", public_page, "The forum's address, or one of its boards'.", example='"https://forum.example/"'),
    ),
    every=timedelta(minutes=15),
    build=_build,
)
