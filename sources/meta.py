"""The school's own Facebook Page and Instagram account, by Meta's Graph interface.

Meta gives nobody a search of public posts. What touches the own Page or account is given to whoever runs it: posts
that tag it, what visitors write on it, and comments.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sources.answers import Response
from sources.api import ask
from sources.dates import read_date
from sources.documents import is_web_page, listing, number, read_json, string, table, tables
from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable
from sources.keys import Key, Wrong, secret, text, web_address
from sources.markup import line, tidy, web_link
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

HOST = "Meta"
PER_PAGE = 50
REREAD = timedelta(days=30)  #: new comments do not move a post up, so posts of so long are read at every poll
BUSY = 80  #: per cent of what an app may ask; from there on we ask less often
REST = timedelta(hours=1)
_USAGE = ("x-app-usage", "x-page-usage", "x-business-use-case-usage")
_TOO_MUCH = frozenset((4, 17, 32, 341, 613))
_PASSING = frozenset((1, 2))
_NOT_THERE = 33  #: subcode

_PAGE_POST = "id,message,created_time,permalink_url,from,attachments{title,description,url}"
_PAGE_COMMENT = "id,message,created_time,permalink_url,from"
_ANSWERS = "id,text,timestamp,username"

#: What is read of a Page and of an account: edge and fields.
PAGE_EDGES = {
    "tagged": _PAGE_POST,
    "feed": f"{_PAGE_POST},comments.limit(100).order(reverse_chronological).filter(stream){{{_PAGE_COMMENT}}}",
}
ACCOUNT_EDGES = {
    "tags": "id,caption,permalink,timestamp,username",
    "media": f"id,caption,permalink,timestamp,username,comments.limit(100){{{_ANSWERS},replies{{{_ANSWERS}}}}}",
}


@dataclass(frozen=True, slots=True)
class MetaSource:
    """One own Page or account."""

    address: str
    account: str  #: its number
    token: str = field(repr=False)
    edges: Mapping[str, str]
    platform: str
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new on the Page or account and its posts of the last month."""
        seen = Seen.read(cursor)
        name = string(seen.extra, "name") or self._name()
        seen = replace(seen, extra=seen.extra | {"name": name})
        usage: list[str] = []
        since = self.tools.now() - REREAD
        fetched = follow(self._timelines(name, since, usage), seen, reach=since).fetched
        return replace(fetched, pause=REST if is_busy(usage) else None)

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the posts since a time."""
        return reach_back(self._timelines(self._name(), since, []), since)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone: those of which Meta says that there is nothing."""
        return Checked(frozenset(post.id for post in posts if self._is_gone(post.id)), cursor)

    def _is_gone(self, post_id: str) -> bool:
        response = self._ask(post_id, {"fields": "id"}, (400, 404))
        return self.tools.parsers.run(is_missing, response.status, response.body)

    def vouch(self) -> str:
        """Return the name of the Page or account that the token may read."""
        return self._name()

    def _name(self) -> str:
        """Return the Page's or account's own name: what stands there is about it, named or not."""
        wanted = "name" if self.platform == "facebook" else "name,username"
        response = self._ask(self.account, {"fields": wanted})
        return self.tools.parsers.run(read_name, response.body)

    def _timelines(self, name: str, since: datetime, usage: list[str]) -> dict[str, Ask]:
        return {edge: self._edge(edge, fields, name, since, usage) for edge, fields in self.edges.items()}

    def _edge(self, edge: str, fields: str, name: str, since: datetime, usage: list[str]) -> Ask:
        asked = {"fields": fields, "limit": str(PER_PAGE)}
        if self.platform == "facebook":  # Instagram's edges know no such limit; there the walk ends by itself
            asked["since"] = str(int(since.timestamp()))

        def page(after: str) -> Page:
            response = self._ask(f"{self.account}/{edge}", asked | {"after": after})
            usage.extend(response.headers.get(header, "") for header in _USAGE)
            return self.tools.parsers.run(read_edge, response.body, self.platform, name, self.tools.now())

        return page

    def _ask(self, path: str, query: Mapping[str, str], kept: tuple[int, ...] = ()) -> Response:
        return ask(self.tools, f"{self.address}/{path}", query, token=self.token, explain=explain, kept=kept)


def is_busy(usage: list[str]) -> bool:
    """Tell whether Meta's headers say that most of what may be asked was asked."""
    counted = re.findall(r'"(?:call_count|total_time|total_cputime)"\s*:\s*(\d{1,4})', " ".join(usage))
    return any(int(percent) >= BUSY for percent in counted)


def read_name(body: bytes) -> str:
    """Read what a Page or account is called. Runs in the parser pool."""
    document = read_json(body, HOST)
    raise_error(document)
    names = [line(string(document, "name")), line(string(document, "username"))]
    if not any(names):
        raise Malformed("Meta does not say what the Page or account is called")
    return " @".join(name for name in names if name)


def read_edge(body: bytes, platform: str, name: str, now: datetime) -> Page:
    """Read a page of posts with their comments, newest post first. Runs in the parser pool."""
    document = read_json(body, HOST)
    raise_error(document)
    rows = listing(document, HOST, "data")
    posts = tuple(post for row in rows for post in _posts(row, "", platform, name, now))
    more = string(document, "paging", "cursors", "after") if string(document, "paging", "next") else ""
    return Page(posts, more, len(rows))


def _posts(row: Mapping[str, Any], above: str, platform: str, name: str, now: datetime) -> Iterator[Post]:
    """Yield a post or comment and all comments below it."""
    own = string(row, "permalink_url") or string(row, "permalink")
    step = "r" if "/c/" in above else "c"  # Instagram gives comments no address, but shows them at this one
    link = web_link(own, "https://www.facebook.com/") or web_link(f"{step}/{string(row, 'id')}/", above)
    said = string(row, "message") or string(row, "caption") or string(row, "text")
    shared = [
        " ".join(part for key in ("title", "description", "url") if (part := string(one, key)))
        for one in tables(row, "attachments", "data")
    ]
    if string(row, "id"):
        yield Post(
            id=string(row, "id"),
            url=link,
            text=tidy("\n".join(part for part in (said, *shared) if part)),
            title=name,
            author=line(string(row, "from", "name") or string(row, "username")),
            platform=platform,
            published=read_date(string(row, "created_time") or string(row, "timestamp"), now),
        )
    for below in (*tables(row, "comments", "data"), *tables(row, "replies", "data")):
        yield from _posts(below, link, platform, name, now)


def is_missing(status: int, body: bytes) -> bool:
    """Tell whether Meta says that there is nothing of that number. Runs in the parser pool."""
    if status == 200:
        raise_error(read_json(body, HOST))
        return False
    error = table(read_json(body, HOST), "error")
    if number(error, "code") == 100 and number(error, "error_subcode") == _NOT_THERE:
        return True
    explain(status, body, HOST)
    raise Malformed(f"Meta answered {status} where a post was looked for")


def explain(status: int, body: bytes, host: str) -> None:
    """Say what a failure means. Runs in the parser pool."""
    if is_web_page(body):
        raise Refused(f"{host} answered {status} with a web page; it keeps programs out")
    try:
        document = read_json(body, host)
    except SourceError:
        return
    raise_error(document)


def raise_error(document: Any) -> None:
    """Raise what an error in a document means; with 200 as well."""
    error = table(document, "error")
    if not error:
        return
    code, said = number(error, "code"), line(string(error, "message"))[:200]
    if code in _TOO_MUCH or 80000 <= code < 80100:
        raise RateLimited(f"Meta was asked too often (code {code})", REST)
    if code in _PASSING:
        raise Unreachable(f"Meta is in trouble (code {code}): {said}")
    if code == 190:
        raise Refused(f"the token has run out or was withdrawn; make a new one (code 190): {said}")
    if code in (3, 10, 368) or 200 <= code < 300:
        raise Refused(f"the token does not allow this (code {code}): {said}")
    raise Malformed(f"Meta did not understand the question (code {code}): {said}")


def account_number(value: Any) -> str:
    """The number of a Page or account."""
    found = text(value)
    if not re.fullmatch(r"\d{5,20}", found):
        raise Wrong('a number in quotes like "104400000000001"')
    return found


def _build_with(edges: Mapping[str, str], platform: str, key: str) -> Callable[[Mapping[str, Any], Tools], Source]:
    def build(settings: Mapping[str, Any], tools: Tools) -> Source:
        address = settings["url"].rstrip("/")
        return MetaSource(address, settings[key], settings["token"], edges, platform, tools)

    return build


_BASE = "https://graph.facebook.com/v26.0"
_TOKEN = Key("token", secret, "A Page token that does not run out.", example='"${META_PAGE_TOKEN}"', secret=True)
_URL = Key("url", web_address, "Where it is asked, with the interface's version.", _BASE, f'"{_BASE}"')
_TERMS = "Only for the own Page or account; what is deleted there must be let go."

KINDS = (
    Kind(
        name="facebook",
        sees="Public posts that tag the own Page, what visitors write on it, and comments under its posts.",
        credential="a token of the own Page, from an app of the school in development mode; no review is needed",
        limits="The own Page only; nobody can search Facebook. The newest 100 comments of each post of a month.",
        terms=_TERMS,
        keys=(
            Key("page", account_number, "The Page's number.", example='"104400000000001"'),
            _TOKEN,
            _URL,
        ),
        every=timedelta(minutes=30),
        build=_build_with(PAGE_EDGES, "facebook", "page"),
    ),
    Kind(
        name="instagram",
        sees="Posts in which the school's own account is tagged, and comments under its own.",
        credential="a professional account of the school, linked to its Page, and the Page's token",
        limits="The own account only; nobody can search Instagram. The newest 100 comments of each post.",
        terms=_TERMS,
        keys=(
            Key("account", account_number, "The account's number.", example='"17841400000000001"'),
            _TOKEN,
            _URL,
        ),
        every=timedelta(minutes=30),
        build=_build_with(ACCOUNT_EDGES, "other", "account"),
    ),
)
