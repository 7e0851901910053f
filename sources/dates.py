"""Dates as the world writes them, turned into aware UTC times.

feedparser reads "BST" as UTC and epoch seconds as the year 1779; here a date is either right or absent.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)  #: a clock may be wrong by this much; more is nonsense

#: Zone names that RFC 5322 parsers drop silently, in minutes east of UTC.
_ZONES = {
    "BST": 60,
    "IST": 60,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "WET": 0,
    "GMT": 0,
    "UT": 0,
    "UTC": 0,
    "Z": 0,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
}
_NAMED_ZONE = re.compile(r"\s*\(?\b(" + "|".join(_ZONES) + r")\)?\s*$", re.IGNORECASE)
_BRITISH = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


def read_date(raw: str | None, now: datetime) -> datetime | None:
    """Return the time `raw` means; None where it means none, or an absurd one (before 1995, after `now`)."""
    if not raw or len(raw) > 100:
        return None
    found = _read(raw.strip())
    if found is None:
        return None
    try:
        moment = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if _EARLIEST <= moment <= now + _AHEAD else None


def _read(raw: str) -> datetime | None:
    if re.fullmatch(r"\d{9,13}", raw):
        return _epoch(int(raw))
    zone = None
    named = _NAMED_ZONE.search(raw)
    if named:
        zone = timezone(timedelta(minutes=_ZONES[named[1].upper()]))
        raw = raw[: named.start()].strip()
    for read in (_iso, _british, _rfc):
        found = read(raw)
        if found:
            return found.replace(tzinfo=zone) if zone else found
    return None


def _epoch(number: int) -> datetime:
    seconds = number / 1000 if number > 99_999_999_999 else number
    return datetime.fromtimestamp(seconds, UTC)


def _iso(raw: str) -> datetime | None:
    try:
        return datetime.fromisoformat(raw)
    except ValueError:
        return None


def _british(raw: str) -> datetime | None:
    found = _BRITISH.fullmatch(raw)
    if not found:
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _rfc(raw: str) -> datetime | None:
    try:
        return parsedate_to_datetime(raw)
    except (ValueError, IndexError, TypeError):
        return None
