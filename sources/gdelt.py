"""GDELT: a search of the world's online news of the last days, by what an article says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sources.documents import is_web_page, listing, read_json, string
from sources.errors import Malformed
from sources.keys import Key, words
from sources.markup import line, to_text, web_link
from sources.post import Post
from sources.seen import Seen
from sources.source import Fetched, Kind, Source, Tools

HOST = "api.gdeltproject.org"
MOST = 250  #: finds in one answer
SPAN = "3d"  #: longer than any pause between polls, since articles turn up late
_LANGUAGES = {"English": "en", "Welsh": "cy", "French": "fr", "German": "de", "Polish": "pl", "Spanish": "es"}


@dataclass(frozen=True, slots=True)
class GdeltSource:
    """One search."""

    queries: tuple[str, ...]
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return the articles that were found since."""
        seen = Seen.read(cursor)
        asked = {
            "query": search(self.queries),
            "mode": "artlist",
            "format": "json",
            "maxrecords": str(MOST),
            "sort": "datedesc",
            "timespan": SPAN,
        }
        response = self.tools.client.request("GET", f"https://{HOST}/api/v2/doc/doc?{urlencode(asked)}")
        found: tuple[Post, ...] = self.tools.parsers.run(read_articles, response.body, self.tools.now())
        posts, after = seen.fresh(found)
        return Fetched(posts, after.write(), len(found))


def search(queries: tuple[str, ...]) -> str:
    """Return the question for any of the phrases."""
    phrases = [f'"{query.replace(chr(34), " ").strip()}"' for query in queries]
    return phrases[0] if len(phrases) == 1 else f"({' OR '.join(phrases)})"


def read_articles(body: bytes, now: datetime) -> tuple[Post, ...]:
    """Read the finds, newest first. Raises Malformed. Runs in the parser pool."""
    if body.strip() and not body.lstrip().startswith(b"{") and not is_web_page(body):
        said = line(body.decode("utf-8", "replace"))[:150]  # it refuses a question with a sentence and status 200
        raise Malformed(f"{HOST} did not answer the search: {said}")
    # Titles come with stray control signs and backslashes, which no JSON may have.
    cleaned = re.sub(rb'\\(?!["\\/bfnrtu])', rb"\\\\", re.sub(rb"[\x00-\x1f]", b" ", body))
    document = read_json(cleaned, HOST)
    if document == {}:
        return ()  # this is how it says that nothing was found
    return tuple(post for row in listing(document, HOST, "articles") if (post := _post(row, now)))


def _post(row: Mapping[str, Any], now: datetime) -> Post | None:
    link = web_link(string(row, "url"), f"https://{HOST}/")
    if not link:
        return None
    return Post(
        id=link,
        url=link,
        text=to_text(string(row, "title")),
        title=line(string(row, "title")),
        author=line(string(row, "domain")),
        platform="news",
        published=_seen_at(string(row, "seendate"), now),
        language=_LANGUAGES.get(string(row, "language"), ""),
    )


def _seen_at(raw: str, now: datetime) -> datetime | None:
    try:
        found = datetime.strptime(raw, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return min(found, now)


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return GdeltSource(settings["queries"] or tools.names, tools)


KIND = Kind(
    name="gdelt",
    sees="Online news of the whole world whose text has one of the phrases, by headline.",
    credential="none",
    limits="Headlines only; 250 finds of three days; in busy hours it turns everybody away.",
    terms="Open to all who name it as the source; one request in five seconds.",
    keys=(Key("queries", words, "Phrases to search; left out, the names.", (), '["Hollybush Nursery"]'),),
    every=timedelta(hours=1),
    build=_build,
)
