"""Bluesky's posts, as its search and its stream write them. Pure; runs in the parser pool."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sources.dates import read_date
from sources.documents import listing, number, read_json, string, table, tables, texts
from sources.markup import line, tidy
from sources.pages import Page
from sources.post import Post

HOST = "Bluesky"
_UNWANTED = frozenset(("!no-unauthenticated", "!hide", "!takedown"))


def read_search(body: bytes, now: datetime) -> Page:
    """Read one page of a search."""
    document = read_json(body, HOST)
    views = listing(document, HOST, "posts")
    posts = tuple(post for view in views if (post := _viewed(view, now)))
    return Page(posts, string(document, "cursor") if views else "", len(views))


def read_present(body: bytes) -> tuple[str, ...]:
    """Return the ids of the posts that an answer to `getPosts` holds."""
    return tuple(string(view, "uri") for view in listing(read_json(body, HOST), HOST, "posts"))


def _viewed(view: Mapping[str, Any], now: datetime) -> Post | None:
    """Return a post as it is shown; None where its author asks that it is not shown to those outside."""
    author = table(view, "author")
    labels = {string(label, "val") for label in (*tables(view, "labels"), *tables(author, "labels"))}
    uri = string(view, "uri")
    if not uri.startswith("at://") or labels & _UNWANTED:
        return None
    name = line(string(author, "displayName")) or string(author, "handle").replace("handle.invalid", "")
    return record_post(uri, table(view, "record"), name, now, table(view, "embed"))


def record_post(
    uri: str, record: Mapping[str, Any], author: str, now: datetime, view: Mapping[str, Any] | None = None
) -> Post:
    """Return a record as a post; `view` is its embed as the platform shows it, where it does."""
    return Post(
        id=uri,
        url=permalink(uri),
        text=_text(record, view or {}),
        author=author,
        platform="bluesky",
        published=read_date(string(record, "createdAt"), now),
        language=next(iter(texts(record, "langs")), "")[:35],
    )


def permalink(uri: str) -> str:
    """Return the web address of at://DID/collection/KEY; it stays right when its author's name changes."""
    did, _, key = uri.removeprefix("at://").partition("/")
    return f"https://bsky.app/profile/{quote(did, safe=':')}/post/{quote(key.rpartition('/')[2], safe='')}"


def _text(record: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    """Return everything a post says: text with whole links, tags, descriptions of media, the linked page."""
    said = _with_whole_links(string(record, "text"), tables(record, "facets"))
    hidden_tags = [f"#{tag}" for tag in texts(record, "tags") if f"#{tag}".casefold() not in said.casefold()]
    shown = dict.fromkeys((*_embedded(view), *_embedded(table(record, "embed"))))
    return tidy("\n".join(part for part in (said, " ".join(hidden_tags), *shown) if part))


def _with_whole_links(text: str, facets: list[Mapping[str, Any]]) -> str:
    """Put links in place of their shortened text. Places are counted in bytes of UTF-8."""
    raw = text.encode("utf-8", "replace")
    for facet in sorted(facets, key=lambda one: -number(one, "index", "byteStart")):
        start, end = number(facet, "index", "byteStart"), number(facet, "index", "byteEnd")
        uri = next((string(one, "uri") for one in tables(facet, "features") if string(one, "uri")), "")
        if uri and 0 <= start < end <= len(raw):
            shown = raw[start:end].decode("utf-8", "replace")
            whole = uri if shown.rstrip("….") in uri else f"{shown} ({uri})"
            raw = raw[:start] + whole.encode("utf-8", "replace") + raw[end:]
    return raw.decode("utf-8", "replace")


def _embedded(embed: Mapping[str, Any], depth: int = 2) -> Iterator[str]:
    """Yield what goes with a post, in either of its forms; quoted posts are others' words and left out."""
    media = [*tables(embed, "images"), *tables(embed, "items"), embed]
    yield from (f"[image: {alt}]" for one in media if (alt := string(one, "alt").strip()))
    link = table(embed, "external")
    yield "\n".join(part for name in ("title", "description", "uri") if (part := string(link, name)))
    if depth and table(embed, "media"):
        yield from _embedded(table(embed, "media"), depth - 1)
