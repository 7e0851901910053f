"""Lemmy's search, on one server: its interface of 0.19 and the one of 1.0, told apart by asking."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sources.answers import USUAL_REST, Response
from sources.api import ask
from sources.dates import read_date
from sources.documents import is_web_page, listing, read_json, string, table, value
from sources.errors import Malformed, RateLimited, Refused, SourceError
from sources.keys import Key, server, words
from sources.markdown import markdown_text
from sources.markup import line, tidy, web_link
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

PER_PAGE = 50  #: of posts and of comments each; the most that servers give
CHECKED_EVERY = timedelta(days=1)  #: how often a server is asked which interface it has


@dataclass(frozen=True, slots=True)
class LemmySource:
    """Searches on one server."""

    address: str
    queries: tuple[str, ...]
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new for the searches."""
        seen = self._with_version(Seen.read(cursor))
        return follow(self._timelines(string(seen.extra, "version")), seen).fetched

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the posts since a time."""
        version = string(self._with_version(Seen()).extra, "version")
        return reach_back(self._timelines(version), since)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: deleted, removed, or unknown to the server."""
        version = string(Seen.read(cursor).extra, "version")
        gone = [post.id for post in posts if self._is_gone(post.id, version)]
        return Checked(frozenset(gone), cursor)

    def _is_gone(self, post_id: str, version: str) -> bool:
        what, _, number = post_id.partition("/")
        response = self._ask(f"{version}/{what}", {"id": number}, (404,))
        return response.status == 404 or self.tools.parsers.run(is_deleted, response.body, what, self._host)

    def _with_version(self, seen: Seen) -> Seen:
        """Find out once a day which interface the server has."""
        now = self.tools.now()
        asked = string(seen.extra, "asked")
        if asked and datetime.fromisoformat(asked) + CHECKED_EVERY > now:
            return seen
        response = self._ask("v4/site", {}, (400, 404))
        if response.status == 200:
            self.tools.parsers.run(check_site, response.body, self._host)
        version = "v4" if response.status == 200 else "v3"
        ends = seen.extra.get("ends", {}) if version == seen.extra.get("version") else {}
        return replace(seen, extra={"version": version, "asked": now.isoformat(), "ends": ends})

    def _timelines(self, version: str) -> dict[str, Ask]:
        return {query: self._search(query, version) for query in self.queries}

    def _search(self, query: str, version: str) -> Ask:
        asked = {"type_": "All", "listing_type": "All", "limit": str(PER_PAGE)}
        asked |= {"search_term": query} if version == "v4" else {"q": query, "sort": "New"}
        where = "page_cursor" if version == "v4" else "page"

        def page(after: str) -> Page:
            response = self._ask(f"{version}/search", asked | {where: after})
            return self.tools.parsers.run(read_found, response.body, self.address, version, after, self.tools.now())

        return page

    def _ask(self, path: str, query: Mapping[str, str], kept: tuple[int, ...] = ()) -> Response:
        return ask(self.tools, f"{self.address}/api/{path}", query, explain=explain, kept=kept)

    @property
    def _host(self) -> str:
        return self.address.partition("://")[2]


def read_found(body: bytes, address: str, version: str, after: str, now: datetime) -> Page:
    """Read a page of what a search found. Runs in the parser pool."""
    host = address.partition("://")[2]
    document = read_json(body, host)
    raise_if_limited(document, host)
    shown = [("post", view) for view in listing(document, host, "posts")]
    shown += [("comment", view) for view in listing(document, host, "comments")]
    posts = [post for what, view in shown if (post := _post(what, view, address, now))]
    posts.sort(key=lambda post: post.published or now, reverse=True)
    if version == "v4":
        return Page(tuple(posts), string(document, "next_page"), len(shown))
    full = PER_PAGE in (len(listing(document, host, "posts")), len(listing(document, host, "comments")))
    return Page(tuple(posts), str(int(after or "1") + 1) if full else "", len(shown))


def _post(what: str, view: Mapping[str, Any], address: str, now: datetime) -> Post | None:
    """Return a post or a comment; None where it was taken away."""
    inner = table(view, what)
    if not string(inner, "id") or _is_away(inner):
        return None
    creator = table(view, "creator")
    return Post(
        id=f"{what}/{string(inner, 'id')}",
        url=web_link(string(inner, "ap_id"), address) or f"{address}/{what}/{string(inner, 'id')}",
        text=_text(inner),
        title=line(string(view, "post", "name")),
        author=line(string(creator, "display_name")) or line(string(creator, "name")),
        bio=tidy(markdown_text(string(creator, "bio")))[:500],
        platform="forum",
        published=read_date(string(inner, "published") or string(inner, "published_at"), now),
    )


def _text(inner: Mapping[str, Any]) -> str:
    alt = string(inner, "alt_text").strip()
    parts = (
        markdown_text(string(inner, "content") or string(inner, "body")),
        string(inner, "url"),
        f"[image: {alt}]" if alt else "",
    )
    return tidy("\n".join(part for part in parts if part))


def _is_away(inner: Mapping[str, Any]) -> bool:
    return value(inner, "deleted") is True or value(inner, "removed") is True


def check_site(body: bytes, host: str) -> None:
    """Raise SourceError where what a server says of itself is not what Lemmy says. Runs in the parser pool."""
    if not string(read_json(body, host), "version"):
        raise Malformed(f"{host} does not say which version of Lemmy it is")


def is_deleted(body: bytes, what: str, host: str) -> bool:
    """Tell whether a server says that a post or comment was taken away. Runs in the parser pool."""
    view = table(read_json(body, host), f"{what}_view")
    if not table(view, what):
        raise Malformed(f"{host} sent no {what}; its interface may have changed")
    return _is_away(table(view, what))


def raise_if_limited(document: Any, host: str) -> None:
    """Raise RateLimited where a document says that too much was asked."""
    if string(document, "error") in ("rate_limit_error", "too_many_requests"):
        raise RateLimited(f"{host} was asked too often", USUAL_REST)


def explain(status: int, body: bytes, host: str) -> None:
    """Say what a refusal means; 0.19 answers 400 where it was asked too often. Runs in the parser pool."""
    if is_web_page(body):
        raise Refused(f"{host} answered {status} with a web page; it keeps programs out")
    try:
        document = read_json(body, host)
    except SourceError:
        return
    raise_if_limited(document, host)
    said = line(string(document, "error"))[:100]
    if said:
        kind = Malformed if status == 400 else Refused
        raise kind(f"{host} answered {status}: {said}")


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return LemmySource(settings["url"], settings["queries"] or tools.names, tools)


KIND = Kind(
    name="lemmy",
    sees="Posts and comments that one server of Lemmy knows and that hold a searched word.",
    credential="none",
    limits="60 searches in ten minutes on most servers; a server knows what its people follow.",
    terms="Each server has its own rules; what was deleted or removed is left out.",
    keys=(
        Key("url", server, "The server.", example='"https://feddit.uk"'),
        Key("queries", words, "Phrases to search; left out, the federation's names.", (), '["Hollybush Nursery"]'),
    ),
    every=timedelta(minutes=30),
    build=_build,
)
