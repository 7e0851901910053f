"""When things are due. Pure: `now` is an argument; UTC inside, school time only where a school counts so."""

import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

RECHECK_EVERY = timedelta(hours=6)
RECHECK_PAID_EVERY = timedelta(hours=18)  #: where a look costs; with the time until texts are let go, a day
#: A post younger than this is not asked for: a page is often later than the feed that names it.
RECHECK_FROM = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=24)  #: a failing source is still asked this often, for ever


def next_poll(now: datetime, every: timedelta, pause: timedelta | None = None) -> datetime:
    """Return when a healthy source is due again: after `every`, or the longer pause its site asks for."""
    wait: timedelta = max(every, pause or timedelta(0))
    return now + wait


def next_try(
    now: datetime, every: timedelta, failures: int, asked: timedelta | None, jitter: random.Random
) -> datetime:
    """Return when a failing source is due again: pauses double up to a day, spread so that sources part ways.

    `failures` counts those in a row, this one included; `asked` is a pause the site named.
    """
    doubled: timedelta = min(every * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    spread = doubled * (1 + 0.2 * jitter.random())
    wait: timedelta = max(spread, asked or timedelta(0))
    return now + wait


def recheck_due(now: datetime, last: datetime | None, every: timedelta = RECHECK_EVERY) -> bool:
    """Tell whether a source's posts are due to be looked at for deletions."""
    return last is None or now - last >= every


def next_attempt(now: datetime, attempts: int, jitter: random.Random) -> datetime:
    """Return when a delivery that failed is tried again: half a minute at first, an hour at most."""
    pause: timedelta = min(timedelta(seconds=30) * 2 ** min(attempts - 1, 7), timedelta(hours=1))
    return now + pause * (1 + 0.2 * jitter.random())


def digest_due(now: datetime, weekday: int, at: time, zone: ZoneInfo) -> tuple[str, datetime]:
    """Return the ISO week of the newest digest that is due at `now`, and the moment it was due (UTC).

    A digest belongs to the week in which its day falls, so one late by days is still that week's, and an
    outage of many weeks is caught up by one digest.
    """
    local = now.astimezone(zone)
    days_back = (local.weekday() - weekday) % 7
    due = _school_moment(local, days_back, at, zone)
    if due > now:
        due = _school_moment(local, days_back + 7, at, zone)
    year, week, _ = due.astimezone(zone).isocalendar()
    return f"{year}-W{week:02}", due


def _school_moment(local: datetime, days_back: int, at: time, zone: ZoneInfo) -> datetime:
    day = local.date() - timedelta(days=days_back)
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
