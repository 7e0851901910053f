"""Following what a platform shows page by page, newest first, until what is known begins. Pure but for `ask`.

A poll reads a bounded number of pages. Where that was too few, the place where it stopped is kept in the cursor
and the next poll goes on from there, after the newest page; so a burst of posts takes longer and loses nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sources.errors import Malformed, Refused
from sources.meters import Spent
from sources.post import Post
from sources.seen import Seen, oldest_first
from sources.source import Fetched

MOST_PAGES = 10  #: of one timeline in one poll
FIRST_PAGES = 3  #: at the first poll; `watcher backfill` reads further back


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a timeline."""

    posts: tuple[Post, ...]  #: newest first
    next: str = ""  #: what asks for the following, older page; "" at the end
    shown: int = 0  #: items on the page, those included that are no posts


Ask = Callable[[str], Page]  #: takes a page's `next`, "" for the newest; raises SourceError


@dataclass(slots=True)
class Walk:
    """What was met on the way."""

    posts: list[Post] = field(default_factory=list)
    shown: int = 0
    rest: str = ""  #: the first page that was not read; "" where what is known or the end was reached


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of several timelines."""

    posts: tuple[Post, ...]  #: new or changed, oldest first
    seen: Seen
    shown: int

    @property
    def fetched(self) -> Fetched:
        """The same as a source returns it."""
        return Fetched(self.posts, self.seen.write(), self.shown)


def follow(timelines: Mapping[str, Ask], seen: Seen, *, reach: datetime | None = None) -> Followed:
    """Read what is new in each timeline; with `reach`, known pages are read again down to that time."""
    ends: dict[str, str] = dict(seen.extra.get("ends", {}))
    posts: list[Post] = []
    shown = 0
    for name, ask in timelines.items():
        walked = _follow_one(ask, seen, ends.get(name), reach)
        ends[name] = walked.rest
        posts += walked.posts
        shown += walked.shown
    fresh, after = seen.fresh(posts)
    kept = {name: rest for name, rest in ends.items() if name in timelines}
    return Followed(fresh, replace(after, extra=seen.extra | {"ends": kept}), shown)


def _follow_one(ask: Ask, seen: Seen, rest: str | None, reach: datetime | None) -> Walk:
    """Read one timeline. `rest` is where the last poll stopped; None for a timeline never read before."""

    def known(page: Page) -> bool:
        has_end = page.posts or not page.shown  # a page of things that are no posts says nothing
        return bool(has_end and all(post.id in seen.hashes for post in page.posts) and _is_older(page, reach))

    if rest is None:
        return replace(walk(ask, "", lambda _: False, FIRST_PAGES), rest="")
    walked = walk(ask, "", known, MOST_PAGES)
    if rest:
        older = _resumed(ask, rest, known)
        walked = Walk(walked.posts + older.posts, walked.shown + older.shown, walked.rest or older.rest)
    return walked


def _resumed(ask: Ask, rest: str, known: Callable[[Page], bool]) -> Walk:
    try:
        return walk(ask, rest, known, MOST_PAGES)
    except (Malformed, Refused):
        return Walk()  # the platform no longer knows that place; asking for it for ever would blind the source


def walk(ask: Ask, start: str, ends_at: Callable[[Page], bool], most: int) -> Walk:
    """Read pages until one `ends_at` says so, the end, or `most` pages."""
    walked = Walk(rest=start)
    for _ in range(most):
        try:
            page = ask(walked.rest)
        except Spent:
            if not walked.posts:
                raise
            break  # what was paid for is kept; the rest waits for the next period
        walked.posts += page.posts
        walked.shown += page.shown or len(page.posts)
        walked.rest = "" if ends_at(page) else page.next
        if not walked.rest:
            break
    return walked


def reach_back(timelines: Mapping[str, Ask], since: datetime, most: int = 50) -> tuple[Post, ...]:
    """Return the posts since a time, oldest first; at most `most` pages of each timeline."""
    found: dict[str, Post] = {}
    for ask in timelines.values():
        for post in walk(ask, "", lambda page: _is_older(page, since), most).posts:
            found.setdefault(post.id, post)
    return oldest_first([post for post in found.values() if not post.published or post.published >= since])


def _is_older(page: Page, than: datetime | None) -> bool:
    """Tell whether nothing on a page is of that time or later; every page is older than None."""
    return than is None or all(post.published and post.published < than for post in page.posts)
