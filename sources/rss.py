"""The quick way through an ordinary feed: well-formed RSS 2.0 in UTF-8 whose every element is known here.

feedparser is the reference: whatever is unusual is left to it, and what is read here is read as it would read it,
which a test compares on many feeds. Runs in the parser pool.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as Tree

from sources.markup import is_plain_link

Entry = Mapping[str, Any]  #: as feedparser names its parts


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed says, before anything is made of it."""

    entries: list[Entry]  #: in the feed's own order
    link: str | None  #: absolute
    ttl: Any  #: whatever stands there


class _Unusual(Exception):
    """The feed has something that is left to feedparser."""


_ATOM = "{http://www.w3.org/2005/Atom}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_SLASH = "{http://purl.org/rss/1.0/modules/slash/}"
_SY = "{http://purl.org/rss/1.0/modules/syndication/}"
_WFW = "{http://wellformedweb.org/CommentAPI/}"
_WORDPRESS = "{com-wordpress:feed-additions:1}"

_TEXTS = {
    "title": "title",
    "description": "summary",
    "pubDate": "published",
    "author": "author",
    f"{_DC}creator": "author",
    f"{_DC}date": "updated",
}
_UNREAD = frozenset(
    (
        "category",
        "comments",
        "enclosure",
        f"{_MEDIA}content",
        f"{_MEDIA}thumbnail",
        f"{_SLASH}comments",
        f"{_WFW}commentRss",
        f"{_WORDPRESS}post-id",
    )
)
_UNREAD_IN_CHANNEL = frozenset(
    (
        "category",
        "copyright",
        "description",
        "docs",
        "generator",
        "language",
        "lastBuildDate",
        "managingEditor",
        "pubDate",
        "title",
        "webMaster",
        f"{_SY}updateBase",
        f"{_SY}updateFrequency",
        f"{_SY}updatePeriod",
        f"{_WORDPRESS}site",
    )
)
_IN_IMAGE = frozenset(("url", "title", "link", "width", "height", "description"))
_HARMLESS_LINKS = frozenset(("self", "hub", "next"))

_UTF8 = re.compile(rb"<\?xml[^>]*\sencoding=[\"']utf-8[\"']", re.IGNORECASE)
_TYPE = re.compile(r"application/xml(; charset=utf-8)?", re.IGNORECASE)
_ODD_SIGN = re.compile("[\x80-\x9f]")


def read_ordinary(body: bytes, content_type: str) -> Channel | None:
    """Return an ordinary feed's content; None where it is for feedparser to read.

    `content_type` has a charset only where the document itself is silent.
    """
    if b"<!DOCTYPE" in body or not _TYPE.fullmatch(content_type):
        return None
    if b"encoding=" in body[:200] and not _UTF8.match(body):
        return None
    try:
        return _channel(Tree.fromstring(body))  # noqa: S314  # no <!DOCTYPE (above), so no entities to expand
    except (Tree.ParseError, _Unusual):
        return None


def _channel(root: Tree.Element) -> Channel:
    version = root.attrib.pop("version", "")
    if root.tag != "rss" or root.attrib or not version.startswith("2.") or [one.tag for one in root] != ["channel"]:
        raise _Unusual
    entries: list[Entry] = []
    found: dict[str, str] = {}
    channel = root[0]
    _need(not channel.attrib)
    for part in channel:
        if part.tag == "item":
            entries.append(_entry(part))
        elif part.tag in ("link", "ttl"):
            _need(part.tag not in found)
            found[part.tag] = _text(part)
        else:
            _need(_is_unread(part))
    link = found.get("link")
    _need(not link or is_plain_link(link))
    return Channel(entries, link, found.get("ttl"))


def _is_unread(part: Tree.Element) -> bool:
    """Tell whether an element of the channel has nothing to do with what is read."""
    if part.tag == "image":
        return all(each.tag in _IN_IMAGE and not len(each) and not each.attrib for each in part)
    if part.tag == f"{_ATOM}link":
        return part.get("rel") in _HARMLESS_LINKS and not len(part)
    return part.tag in _UNREAD_IN_CHANNEL and not len(part) and not part.attrib


def _entry(item: Tree.Element) -> Entry:
    _need(not item.attrib)
    entry: dict[str, Any] = {}
    for part in item:
        tag = part.tag
        name = _TEXTS.get(tag)
        if name:
            text = _text(part)
            _need(name != "author" or "@" not in text)  # feedparser has ways of its own with addresses
            _put(entry, name, text)
        elif tag in _SPECIAL:
            _SPECIAL[tag](entry, part)
        else:
            _need(tag in _UNREAD and not len(part))
    if "guid" in entry:
        entry.setdefault("link", entry.pop("guid"))
    return entry


def _put_content(entry: dict[str, Any], part: Tree.Element) -> None:
    _put(entry, "content", ({"value": _text(part)},))


def _put_link(entry: dict[str, Any], part: Tree.Element) -> None:
    link = _text(part)
    _need(is_plain_link(link))
    _put(entry, "link", link)


def _put_id(entry: dict[str, Any], part: Tree.Element) -> None:
    kind = part.attrib.pop("isPermaLink", "true")
    given = _text(part)
    _put(entry, "id", given)
    if kind == "true":
        _need(is_plain_link(given))
        entry["guid"] = given


def _put_source(entry: dict[str, Any], part: Tree.Element) -> None:
    part.attrib.pop("url", None)
    _put(entry, "source", {"title": _text(part)})


_SPECIAL: Mapping[str, Callable[[dict[str, Any], Tree.Element], None]] = {
    f"{_CONTENT}encoded": _put_content,
    "link": _put_link,
    "guid": _put_id,
    "source": _put_source,
}


def _put(entry: dict[str, Any], name: str, value: Any) -> None:
    _need(name not in entry)
    entry[name] = value


def _text(part: Tree.Element) -> str:
    """Return an element's text, where it is nothing but that and no sign in it hints at a wrong encoding."""
    _need(not part.attrib and not len(part))
    text = (part.text or "").strip()
    _need(text.isascii() or not _is_garbled(text))
    return text


def _is_garbled(text: str) -> bool:
    """Tell whether feedparser would mend the text's encoding: UTF-8 taken for Latin-1, or signs of Windows-1252."""
    try:
        return bool(_ODD_SIGN.search(text) or text.encode("iso-8859-1").decode())
    except UnicodeError:
        return False


def _need(usual: bool) -> None:
    if not usual:
        raise _Unusual
