"""When things are due."""

import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from watcher.schedule import digest_due, next_attempt, next_poll, next_try

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "week", "due"),
    [
        pytest.param("2026-11-23T07:29:59+00:00", "2026-W47", "2026-11-16T07:30:00+00:00", id="a second early"),
        pytest.param("2026-11-23T07:30:00+00:00", "2026-W48", "2026-11-23T07:30:00+00:00", id="on the hour"),
        pytest.param("2026-11-29T23:00:00+00:00", "2026-W48", "2026-11-23T07:30:00+00:00", id="six days late"),
        pytest.param("2026-06-01T06:30:00+00:00", "2026-W23", "2026-06-01T06:30:00+00:00", id="british summer"),
        pytest.param(
            "2026-03-30T06:30:00+00:00", "2026-W14", "2026-03-30T06:30:00+00:00", id="clocks went forward"
        ),
        pytest.param("2026-10-26T07:30:00+00:00", "2026-W44", "2026-10-26T07:30:00+00:00", id="clocks went back"),
        pytest.param("2027-01-01T12:00:00+00:00", "2026-W53", "2026-12-28T07:30:00+00:00", id="new year"),
    ],
)
def test_a_digest_must_belong_to_one_week(moment: str, week: str, due: str) -> None:
    assert digest_due(datetime.fromisoformat(moment), 0, time(7, 30), LONDON) == (week, datetime.fromisoformat(due))


def test_104_weeks_must_have_104_digests() -> None:
    start = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    hours = (start + timedelta(hours=hour) for hour in range(104 * 7 * 24 - 24))
    assert len({digest_due(moment, 0, time(7, 30), LONDON)[0] for moment in hours}) == 104


def test_an_outage_must_be_caught_up_by_one_digest() -> None:
    back = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # down since Monday a week ago
    assert digest_due(back, 0, time(7, 30), LONDON)[0] == "2026-W48"


def test_a_failing_source_must_be_tried_for_ever_but_ever_less() -> None:
    every = timedelta(minutes=30)
    pauses = [next_try(NOW, every, failures, None, random.Random(1)) - NOW for failures in range(1, 40)]
    assert pauses[0] < timedelta(minutes=37)
    assert pauses[1] > pauses[0]
    assert all(timedelta(hours=24) <= pause <= timedelta(hours=29) for pause in pauses[8:])


def test_a_sites_own_pause_must_be_kept() -> None:
    assert next_try(NOW, timedelta(minutes=5), 1, timedelta(hours=3), random.Random(1)) == NOW + timedelta(hours=3)
    assert next_poll(NOW, timedelta(minutes=5), timedelta(hours=1)) == NOW + timedelta(hours=1)
    assert next_poll(NOW, timedelta(hours=2), timedelta(hours=1)) == NOW + timedelta(hours=2)


def test_a_delivery_must_be_tried_soon_and_then_hourly() -> None:
    pauses = [next_attempt(NOW, attempts, random.Random(1)) - NOW for attempts in (1, 3, 30)]
    assert timedelta(seconds=30) <= pauses[0] <= timedelta(seconds=36)
    assert pauses[0] < pauses[1] < pauses[2] <= timedelta(hours=1.2)
