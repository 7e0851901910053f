"""Working time in England: weekdays without bank holidays. Pure; school time inside, UTC outside."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

OPENS, CLOSES = time(8, 0), time(17, 0)  #: school time
_DAY = timedelta(days=1)
Closed = Sequence[tuple[date, date]]  #: first and last day of each time the school is closed


def is_working_day(day: date, closed: Closed = ()) -> bool:
    """Tell whether people are at work: no weekend, no bank holiday, not while the school is closed."""
    if day.weekday() >= 5 or day in _bank_holidays(day.year):
        return False
    return not any(first <= day <= last for first, last in closed)


def after_working_hours(start: datetime, hours: timedelta, zone: ZoneInfo, closed: Closed = ()) -> datetime:
    """Return the moment at which so much working time has passed since `start`."""
    left = hours
    for opens, closes in _working_times(start, zone, closed):
        begins = max(opens, start)
        if begins + left <= closes:
            return begins + left
        left -= max(closes - begins, timedelta(0))
    raise AssertionError("working days never end")


def end_of_next_working_day(start: datetime, zone: ZoneInfo) -> datetime:
    """Return when "within one working day" is over: the end of the first working day after the day of `start`."""
    day = start.astimezone(zone).date() + _DAY
    while not is_working_day(day):
        day += _DAY
    return datetime.combine(day, CLOSES, tzinfo=zone).astimezone(UTC)


def in_quiet_hours(moment: datetime, quiet: tuple[time, time] | None, zone: ZoneInfo) -> bool:
    """Tell whether what can wait should wait: a time of day like 18:00 to 07:00, school time."""
    if quiet is None:
        return False
    begins, ends = quiet
    now = moment.astimezone(zone).time()
    return begins <= now < ends if begins <= ends else now >= begins or now < ends


def quiet_ends(moment: datetime, quiet: tuple[time, time], zone: ZoneInfo) -> datetime:
    """Return when the quiet hours around `moment` are over."""
    local = moment.astimezone(zone)
    end = datetime.combine(local.date(), quiet[1], tzinfo=zone)
    return (end if end > local else datetime.combine(local.date() + _DAY, quiet[1], tzinfo=zone)).astimezone(UTC)


def _working_times(start: datetime, zone: ZoneInfo, closed: Closed) -> Iterator[tuple[datetime, datetime]]:
    day = start.astimezone(zone).date()
    while True:
        if is_working_day(day, closed):
            opens, closes = (datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for at in (OPENS, CLOSES))
            if closes > start:
                yield opens, closes
        day += _DAY


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))
