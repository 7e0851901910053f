"""What would people have been told, had the service run since a day in the past?

Older posts are filed like new ones, so that cases, review page and digest know them; but nobody is alerted of what
is older than a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sources.errors import SourceError
from sources.post import Post
from sources.receipts import Receipt, receipts
from sources.source import LooksBack, Source, Spends
from watcher.assembly import Parts
from watcher.runner import with_receipts
from watcher.spending import Till
from watcher.store.records import Claim, Filed
from watcher.telling import tell

NEWS = timedelta(days=1)  #: what is older alerts nobody


@dataclass(frozen=True, slots=True)
class Past:
    """What one source kept of the past."""

    source: str
    able: bool = True  #: False: its platform keeps nothing older, or does not show it
    error: str = ""  #: "" where it was read
    posts: int = 0
    filed: tuple[Filed, ...] = ()  #: those about us, oldest first, as they would have been decided


def look_back(parts: Parts, since: datetime) -> list[Past]:
    """Read every source back to a time, file what is about us, and return what there was."""
    return [_look_back(parts, source.name, parts.sources[source.name], since) for source in parts.config.sources]


def _look_back(parts: Parts, name: str, source: Source, since: datetime) -> Past:
    try:
        with receipts() as kept:
            posts = _posts(parts, name, source, since)
    except SourceError as error:
        return Past(name, error=str(error))
    return Past(name, able=False) if posts is None else _filed(parts, name, posts, kept)


def _posts(parts: Parts, name: str, source: Source, since: datetime) -> tuple[Post, ...] | None:
    """Return a source's posts since a time; None where it cannot look back."""
    if isinstance(source, Spends):
        return Till(parts.store, parts.federation_id).looked_back(name, source, since).posts
    return source.back(since) if isinstance(source, LooksBack) else None


def _filed(parts: Parts, name: str, posts: Sequence[Post], kept: Sequence[Receipt]) -> Past:
    now = parts.now()
    filed = with_receipts(parts.runner.pipeline.file(posts, now), kept)
    source_id = next(row.id for row in parts.store.sources(parts.federation_id) if row.name == name)
    claim = Claim(source_id, parts.federation_id, name, cursor=None, failures=0, token="")
    old = [as_history(one, now) for one in filed]
    parts.store.save_past(claim, old, lambda case, change: tell(parts.config.alerts, case, change, now), now)
    return Past(name, posts=len(posts), filed=filed)


def as_history(filed: Filed, now: datetime) -> Filed:
    """Return a mention that alerts nobody where it is older than a day, or of unknown age."""
    if filed.decision != "alert" or (filed.published_at and filed.published_at > now - NEWS):
        return filed
    return replace(filed, decision="digest")
