"""The post planted once a week must show when real ones would be missed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from watched_school import write_config

from watcher.assembly import Parts, assembled
from watcher.config import load
from watcher.drill import unrecognised
from watcher.housekeeping import send_digest
from watcher.matching import Matcher
from watcher.store.schema import cases, deliveries, mentions

MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["careful", "balanced", "quiet"])
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Parts]:
    path = write_config(tmp_path, smtp_ports=(9,))
    path.write_text(path.read_text().replace('"careful"', f'"{request.param}"'))
    with assembled(load(path, {}), lambda: datetime(2026, 11, 23, 7, 0, tzinfo=UTC)) as opened:
        yield replace(opened, now=lambda: MONDAY)


def deaf(parts: Parts) -> Parts:
    """Return a service that has lost its schools' names."""
    pipeline = replace(parts.runner.pipeline, matcher=Matcher([]))
    return replace(parts, runner=replace(parts.runner, pipeline=pipeline))


def test_a_planted_post_must_be_recognised_and_leave_nothing_behind(parts: Parts) -> None:
    assert unrecognised(parts.runner.pipeline, parts.config.federation, MONDAY) == ()
    assert send_digest(parts)
    with parts.store.reading() as connection:
        kinds = list(connection.scalars(select(deliveries.c.kind)))
        left = connection.execute(select(mentions.c.id)).all() + connection.execute(select(cases.c.id)).all()
    assert kinds == ["digest"]
    assert left == []


def test_a_planted_post_that_is_missed_must_be_told_at_once_and_in_the_digest(parts: Parts) -> None:
    parts = deaf(parts)
    assert send_digest(parts)
    with parts.store.reading() as connection:
        rows = connection.execute(select(deliveries.c.kind, deliveries.c.payload).order_by(deliveries.c.id)).all()
    assert [row.kind for row in rows] == ["health", "digest"]
    assert rows[0].payload == {"unrecognised": ["Hollybush Nursery School"]}
    said = parts.store.digests(parts.federation_id)[0]
    for part, cases_begin in ((said.text, "CASES"), (said.html, "<h2>Cases")):
        assert "A planted post about" in part.split(cases_begin)[0]
