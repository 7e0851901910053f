"""The weekly test: every channel carries a link by which a person says that it reached them.

An accepted message proves little: a Teams workflow answers before it posts, a mail may end among the unwanted. The
Monday digest carries the link; a channel without digests gets a test of its own. The link names nobody and does
nothing by itself: it opens a page that asks for sign-in and has one button.
"""

import hmac
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from watcher.config import Config
from watcher.messages import school_day
from watcher.store import Store

MORNING_AFTER = timedelta(days=1)  #: when an unanswered test is told to others
_KEY = "proof_key"  #: name of the secret that signs the links


@dataclass(frozen=True, slots=True)
class WeeklyTest:
    """One week's test of one channel."""

    federation_id: int  #: several may have a channel of one name, in one database
    channel: str
    week: str  #: ISO week, "2026-W48"


def is_tested(config: Config, store: Store, federation_id: int) -> bool:
    """Tell whether channels are to be proven: it is wanted, and there is somebody who could sign in to do so."""
    return config.alerts.weekly_test and bool(store.people(federation_id))


def link(config: Config, store: Store, test: WeeklyTest) -> str:
    """Return the address by which somebody acknowledges a test."""
    return f"{config.review.base_url}/proof/{mark(store.secret(_KEY), test)}"


def asked_for(config: Config, store: Store, federation_id: int, given: str) -> WeeklyTest | None:
    """Return the test that a link's mark stands for, or None for any other mark."""
    weeks = [digest.week for digest in store.digests(federation_id)[:8]]
    tests = [WeeklyTest(federation_id, channel.name, week) for channel in config.alerts.channels for week in weeks]
    return find(store.secret(_KEY), given, tests)


def mark(key: str, test: WeeklyTest) -> str:
    """Return what stands for a test in its link; only the holder of the key can make one (32 hex digits)."""
    said = "\x1f".join(map(str, astuple(test)))
    return hmac.new(key.encode(), said.encode(), "sha256").hexdigest()[:32]


def find(key: str, given: str, tests: Iterable[WeeklyTest]) -> WeeklyTest | None:
    """Return the test whose mark is given."""
    return next((test for test in tests if hmac.compare_digest(mark(key, test), given)), None)


def unproven_words(
    channels: Iterable[str], last: dict[str, datetime], zone: ZoneInfo
) -> tuple[tuple[str, str], ...]:
    """Return channels, each with the day since which nobody has proven it; "" where nobody ever has."""
    return tuple((name, school_day(last.get(name), zone)) for name in channels)
