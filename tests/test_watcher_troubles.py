"""Technical trouble is told once a day, by a channel that works."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from watched_school import write_config

from watcher.assembly import Parts, assembled
from watcher.config import load
from watcher.store.records import NewDelivery
from watcher.store.schema import deliveries
from watcher.troubles import report_failing_channels, report_full_disk, room_on_disk

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
GIB = 1024**3


@pytest.fixture
def clock() -> list[datetime]:
    return [START]


@pytest.fixture
def parts(tmp_path: Path, clock: list[datetime]) -> Iterator[Parts]:
    with assembled(load(write_config(tmp_path, smtp_ports=(9, 9)), {}), lambda: clock[0]) as opened:
        yield opened


def told(parts: Parts) -> list[tuple[str, str]]:
    query = select(deliveries.c.channel, deliveries.c.key).where(deliveries.c.kind == "health")
    with parts.store.reading() as connection:
        return [(channel, key) for channel, key in connection.execute(query.order_by(deliveries.c.id))]


def queue(parts: Parts, channel: str, key: str) -> None:
    new = NewDelivery(channel, "alert", key, {"reference": key}, 0, parts.now())
    parts.store.add_deliveries(parts.federation_id, [new], parts.now())


def attempt(parts: Parts, channel: str, error: str) -> None:
    (claimed,) = parts.store.claim_deliveries(parts.federation_id, channel, parts.now(), timedelta(minutes=1), 1)
    if error:
        parts.store.mark_retry(claimed, error, parts.now() + timedelta(minutes=1))
    else:
        parts.store.mark_sent(claimed, parts.now())


def test_a_failing_channel_must_be_told_of_by_another_once_a_day(parts: Parts, clock: list[datetime]) -> None:
    queue(parts, "head", "one")
    attempt(parts, "head", "the mail server answered 451")
    report_failing_channels(parts)
    assert told(parts) == []
    clock[0] += timedelta(hours=1, minutes=1)
    report_failing_channels(parts)
    report_failing_channels(parts)
    assert told(parts) == [("deputy", "channels:2026-11-24")]
    (message,) = parts.store.claim_deliveries(parts.federation_id, "deputy", clock[0], timedelta(minutes=1), 10)
    assert (
        "Messages to head do not get through: the mail server answered 451." in parts.renderer.render(message).text
    )


def test_a_channel_that_works_again_must_not_be_told_of(parts: Parts, clock: list[datetime]) -> None:
    queue(parts, "head", "one")
    attempt(parts, "head", "the mail server answered 451")
    clock[0] += timedelta(hours=2)
    attempt(parts, "head", "")
    report_failing_channels(parts)
    assert told(parts) == []


@pytest.mark.parametrize(
    ("total", "free", "tells"),
    [
        pytest.param(100 * GIB, 4 * GIB, True, id="nearly full"),
        pytest.param(100 * GIB, 11 * GIB, False, id="room enough"),
        pytest.param(4000 * GIB, 200 * GIB, False, id="a twentieth of much"),
        pytest.param(8 * GIB, 2 * GIB, False, id="a quarter of little"),
    ],
)
def test_a_disk_must_be_told_of_before_it_is_full(parts: Parts, total: int, free: int, tells: bool) -> None:
    report_full_disk(parts, lambda _: (total, free))
    report_full_disk(parts, lambda _: (total, free))
    assert told(parts) == [(name, "disk:2026-11-24") for name in ("head", "deputy") if tells]


def test_a_real_disk_must_have_a_size(tmp_path: Path) -> None:
    total, free = room_on_disk(tmp_path)
    assert 0 < free <= total
