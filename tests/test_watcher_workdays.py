"""Working time in England."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from watcher.workdays import (
    after_working_hours,
    end_of_next_working_day,
    in_quiet_hours,
    is_working_day,
    quiet_ends,
)

LONDON = ZoneInfo("Europe/London")
NIGHT = (time(18, 0), time(7, 0))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 11, 24), True),
        (date(2026, 11, 28), False),
        (date(2026, 4, 3), False),
        (date(2026, 4, 6), False),
        (date(2026, 5, 4), False),
        (date(2026, 8, 31), False),
        (date(2026, 8, 3), True),
        (date(2026, 12, 28), False),
        (date(2027, 1, 1), False),
    ],
)
def test_england_must_rest_on_its_own_days(day: date, working: bool) -> None:
    assert is_working_day(day) is working


def test_a_closed_school_must_not_work() -> None:
    assert not is_working_day(date(2026, 10, 27), [(date(2026, 10, 26), date(2026, 10, 30))])


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        pytest.param("2026-11-24T09:00", 4, "2026-11-24T13:00", id="same morning"),
        pytest.param("2026-11-24T16:00", 4, "2026-11-25T11:00", id="over night"),
        pytest.param("2026-11-27T16:30", 1, "2026-11-30T08:30", id="over the weekend"),
        pytest.param("2026-11-28T03:00", 4, "2026-11-30T12:00", id="found on Saturday night"),
        pytest.param("2026-12-24T16:00", 2, "2026-12-29T09:00", id="over Christmas"),
        pytest.param("2026-03-27T16:00", 2, "2026-03-30T09:00", id="clocks go forward"),
        pytest.param("2026-11-24T05:00", 4, "2026-11-24T12:00", id="before work"),
    ],
)
def test_working_hours_must_pass_only_at_work(start: str, hours: int, end: str) -> None:
    assert after_working_hours(at(start), timedelta(hours=hours), LONDON) == at(end)


def test_one_working_day_must_end_with_the_next_one() -> None:
    assert end_of_next_working_day(at("2026-11-27T10:00"), LONDON) == at("2026-11-30T17:00")


def test_nights_must_be_quiet() -> None:
    assert in_quiet_hours(at("2026-11-24T23:00"), NIGHT, LONDON)
    assert in_quiet_hours(at("2026-11-24T06:59"), NIGHT, LONDON)
    assert not in_quiet_hours(at("2026-11-24T07:00"), NIGHT, LONDON)
    assert not in_quiet_hours(at("2026-11-24T23:00"), None, LONDON)
    assert quiet_ends(at("2026-11-24T23:00"), NIGHT, LONDON) == at("2026-11-25T07:00")
    assert quiet_ends(at("2026-11-25T03:00"), NIGHT, LONDON) == at("2026-11-25T07:00")
