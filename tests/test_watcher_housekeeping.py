"""What is due now and then, over simulated years."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from watched_school import write_config

from watcher.assembly import assembled
from watcher.config import load
from watcher.housekeeping import keep_house
from watcher.store import Store
from watcher.store.schema import deliveries, digests, federations, sources
from watcher.troubles import report_blindness

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)  #: a Monday, after the digest's hour


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def weeks_of(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.scalars(select(digests.c.week).order_by(digests.c.id)))


@pytest.fixture
def config_path(tmp_path: Path) -> Path:
    return write_config(tmp_path, smtp_ports=(9,))


def test_two_years_must_have_exactly_one_digest_a_week_over_every_clock_change(config_path: Path) -> None:
    clock = Clock()
    with assembled(load(config_path), clock) as parts:
        while clock.now < START + timedelta(weeks=104):
            clock.now += timedelta(hours=7, minutes=13)
            keep_house(parts)
            keep_house(parts)
        weeks = weeks_of(parts.store)
        with parts.store.reading() as connection:
            queued = list(connection.scalars(select(deliveries.c.key).where(deliveries.c.kind == "digest")))
    assert len(weeks) == len(set(weeks)) == 104
    assert len(queued) == len(set(queued)) == 104


def test_a_clock_that_jumps_back_must_not_write_a_digest_again(config_path: Path) -> None:
    clock = Clock()
    with assembled(load(config_path), clock) as parts:
        for hours in (24 * 7, -1, 1, -24, 24, 48):
            clock.now += timedelta(hours=hours)
            keep_house(parts)
        assert weeks_of(parts.store) == ["2026-W03"]


def test_an_outage_of_nine_days_must_be_caught_up_by_one_digest_over_both_weeks(config_path: Path) -> None:
    clock = Clock()
    with assembled(load(config_path), clock) as parts:
        clock.now += timedelta(days=7)
        keep_house(parts)
    clock.now += timedelta(days=9)
    with assembled(load(config_path), clock) as parts:
        keep_house(parts)
        with parts.store.reading() as connection:
            first, second = connection.execute(select(digests).order_by(digests.c.id)).all()
    assert second.since == first.until
    assert second.until - second.since >= timedelta(days=7)


def test_blindness_must_be_told_after_a_day_and_then_once_a_day(tmp_path: Path) -> None:
    clock = Clock()
    config = load(write_config(tmp_path, "http://127.0.0.1:9/feed", smtp_ports=(9,)))
    with assembled(config, clock) as parts:
        with parts.store.writing() as connection:
            connection.execute(update(federations).values(created_at=START + timedelta(weeks=52)))  # owes no digest
            connection.execute(update(sources).values(failing_since=START, failures=1, error_kind="Unreachable"))
        told = []
        for _ in range(24 * 4):
            clock.now += timedelta(hours=1)
            keep_house(parts)
            with parts.store.reading() as connection:
                told.append(len(connection.execute(select(deliveries).where(deliveries.c.kind == "health")).all()))
    assert told[22] == 0
    assert told[23] == 1
    assert told[-1] == 4


def test_two_processes_that_see_the_same_blindness_must_tell_of_it_once(tmp_path: Path) -> None:
    clock = Clock()
    config = load(write_config(tmp_path, "http://127.0.0.1:9/feed", smtp_ports=(9,)))
    with assembled(config, clock) as parts, parts.store.writing() as connection:
        connection.execute(update(sources).values(failing_since=START, failures=1, error_kind="Unreachable"))
    clock.now += timedelta(days=2)
    with assembled(config, clock) as parts:
        for _ in range(2):
            report_blindness(parts)
            clock.now += timedelta(minutes=1)
            with parts.store.writing() as connection:  # as the other process still saw it
                connection.execute(update(sources).values(reported_blind_at=None))
        with parts.store.reading() as connection:
            assert len(connection.execute(select(deliveries).where(deliveries.c.kind == "health")).all()) == 1
