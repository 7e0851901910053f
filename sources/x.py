"""X's search of the last week, paid for each post it returns.

Off until the configuration states that X has approved the use. What a month may cost is checked before each call.
X renamed its fields in 2026; whichever names the server accepts are found out once and remembered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sources.answers import Response
from sources.api import TELLING, ask
from sources.dates import read_date
from sources.documents import string
from sources.errors import Malformed
from sources.keys import Key, Wrong, boolean, secret, server, whole_number, words
from sources.meters import Meter
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Looked, Source, Tools
from sources.x_posts import OtherNames, explain, read_missing, read_posts

DOLLARS_PER_POST = 0.005  #: X's price for a post it returns, 2026
FEWEST, MOST = 10, 100  #: posts on a page
NOBODYS = "1"  #: the number of no post
LONGEST_QUERY = 512  #: characters
KEPT_BY_X = timedelta(days=7) - timedelta(hours=1)  #: how far back the search reaches
BACK = 5  #: pages of each search in a look back
OVERLAP = timedelta(hours=1)  #: read again at each poll, since the search learns of some posts late

#: The names of fields, as X wrote them until July 2026 and since.
NAMES = {
    "tweet": ("tweet.fields", "referenced_tweets,note_tweet,edit_history_tweet_ids"),
    "post": ("post.fields", "referenced_posts,note_post,edit_history_post_ids"),
}
_FIELDS = "created_at,lang,author_id,conversation_id,entities,attachments"

Answered = TypeVar("Answered")


@dataclass(frozen=True, slots=True)
class XSource:
    """Searches, within a budget of dollars a month."""

    address: str
    token: str = field(repr=False)
    queries: tuple[str, ...]
    dollars: int  #: a month
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new for the searches."""
        seen = Seen.read(cursor)
        meter = self._meter().opened(seen)
        with meter.remembered(seen):
            return _named(seen, lambda named: self._follow(named, meter))

    def look_back(self, since: datetime, cursor: str | None) -> Looked:
        """Return the posts since a time, a week ago at most; a few pages of each search."""
        seen = Seen.read(cursor)
        meter = self._meter().opened(seen)
        start = max(since, self.tools.now() - KEPT_BY_X)

        def look(named: Seen) -> tuple[Post, ...]:
            unseen = replace(named, hashes={})  # what was paid for on another day is paid for again
            return reach_back(self._timelines(unseen, meter, start), since, most=BACK)

        with meter.remembered(seen):
            posts = _named(seen, look)
        return Looked(posts, meter.noted(seen).write())

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which posts are gone. Costs as much as reading them."""
        seen = Seen.read(cursor)
        meter = self._meter().opened(seen)
        gone: set[str] = set()
        with meter.remembered(seen):
            for start in range(0, len(posts), MOST):
                some = [post.id for post in posts[start : start + MOST]]
                meter.check(len(some) * DOLLARS_PER_POST, self.tools.now())
                answer = self._ask("tweets", {"ids": ",".join(some)})
                missing = self.tools.parsers.run(read_missing, answer.body)
                gone |= set(some) & set(missing)
                meter.spent += (len(some) - len(missing)) * DOLLARS_PER_POST
        return Checked(frozenset(gone), meter.noted(seen).write())

    def vouch(self) -> str:
        """Ask for a post that is not there, which is free."""
        answer = self._ask("tweets", {"ids": NOBODYS})
        self.tools.parsers.run(read_missing, answer.body)
        return "the app's token"

    def _meter(self) -> Meter:
        month = self.tools.now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        ends = (month + timedelta(days=32)).replace(day=1)
        return Meter("dollars of the month", self.dollars, f"{month:%Y-%m}", ends)

    def _follow(self, seen: Seen, meter: Meter) -> Fetched:
        newest = read_date(string(seen.extra, "newest"), self.tools.now())
        oldest = self.tools.now() - KEPT_BY_X
        start = max(newest - OVERLAP, oldest) if newest else oldest
        followed = follow(self._timelines(seen, meter, start), seen)
        dates = [post.published for post in followed.posts if post.published]
        reached = max([*dates, newest or start])
        after = replace(followed.seen, extra=followed.seen.extra | {"newest": reached.isoformat()})
        return replace(followed, seen=meter.noted(after)).fetched

    def _timelines(self, seen: Seen, meter: Meter, start: datetime) -> dict[str, Ask]:
        return {query: self._search(query, seen, meter, start) for query in joined(self.queries)}

    def _search(self, query: str, seen: Seen, meter: Meter, start: datetime) -> Ask:
        parameter, fields = NAMES[_names(seen)]
        asked = {
            "query": query,
            parameter: f"{_FIELDS},{fields}",
            "expansions": "attachments.media_keys",
            "media.fields": "alt_text",
        }

        def page(after: str) -> Page:
            meter.check(FEWEST * DOLLARS_PER_POST, self.tools.now())
            affordable = min(max(int(meter.left / DOLLARS_PER_POST + 1e-9), FEWEST), MOST)
            begun, _, token = (after or f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} ").partition(" ")
            more = {"max_results": str(affordable), "start_time": begun, "next_token": token}
            answer = self._ask("tweets/search/recent", asked | more)
            found = self.tools.parsers.run(read_posts, answer.body, self.tools.now())
            known = sum(post.id in seen.hashes for post in found.posts)  # those were paid for
            meter.spent += (found.shown - known) * DOLLARS_PER_POST
            return replace(found, next=f"{begun} {found.next}" if found.next else "")

        return page

    def _ask(self, path: str, query: Mapping[str, str]) -> Response:
        url = f"{self.address}/2/{path}"
        return ask(self.tools, url, query, token=self.token, explain=explain, telling=(*TELLING, 402, 429))


def _named(seen: Seen, ask: Callable[[Seen], Answered]) -> Answered:
    """Ask with the names of fields that X accepted last, then with the others."""
    try:
        return ask(seen)
    except OtherNames:
        other = "post" if _names(seen) == "tweet" else "tweet"
    try:
        return ask(replace(seen, extra=seen.extra | {"names": other}))
    except OtherNames as error:
        raise Malformed(f"X knows neither its old names of fields nor its new ones: {error}") from error


def _names(seen: Seen) -> str:
    found = string(seen.extra, "names")
    return found if found in NAMES else "tweet"


def joined(queries: tuple[str, ...]) -> list[str]:
    """Join phrases to as few searches as X's longest query allows; without reposts."""
    found: list[list[str]] = [[]]
    for query in queries:
        phrase = query if query.startswith(("#", "@")) else '"{}"'.format(query.replace('"', ""))
        if found[-1] and len(_spelled([*found[-1], phrase])) > LONGEST_QUERY:
            found.append([])
        found[-1].append(phrase)
    return [_spelled(phrases) for phrases in found]


def _spelled(phrases: list[str]) -> str:
    return f"({' OR '.join(phrases)}) -is:retweet"


def approved(value: Any) -> bool:
    """True, as a statement that X has approved the use."""
    if boolean(value) is not True:
        raise Wrong(
            "true, once X has approved watching for the school's name (docs/sources.md says how); else no source"
        )
    return True


def phrases(value: Any) -> tuple[str, ...]:
    """Phrases that X's longest query has room for."""
    found = words(value)
    if any(len(_spelled([f'"{one}"'])) > LONGEST_QUERY for one in found):
        raise Wrong("phrases of at most 480 signs each")
    return found


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    queries = settings["queries"] or tools.names
    return XSource(settings["url"], settings["token"], queries, settings["dollars"], tools)


KIND = Kind(
    name="x",
    sees="Public posts on X of the last seven days that hold a searched phrase, hashtag or handle.",
    credential="an app's bearer token with prepaid credits, and X's approval of the use",
    limits="Half a cent for each post found; stops when the month's budget is used up.",
    terms="No watching of persons; posts deleted on X must be let go within a day of its asking.",
    keys=(
        Key("token", secret, "The app's bearer token.", example='"${X_TOKEN}"', secret=True),
        Key("approved", approved, "States that X has approved the use.", example="true"),
        Key("dollars", whole_number(1, 10_000), "What a month may cost, in US dollars.", example="10"),
        Key("queries", phrases, "Phrases, #tags, @handles; left out, the names.", (), '["Hollybush Nursery"]'),
        Key("url", server, "Where it is asked.", "https://api.x.com", '"https://api.x.com"'),
    ),
    every=timedelta(minutes=15),
    build=_build,
)
