"""The dead-man's switch hears of a service that is well, and of no other."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from watched_school import write_config
from web_server import Answer, WebServer

from watcher.assembly import Parts, assembled
from watcher.config import load
from watcher.lifesign import give_sign
from watcher.store.records import NewDelivery


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def parts(web: WebServer, clock: Clock, tmp_path: Path) -> Iterator[Parts]:
    """A service with a switch that listens, and with a mail server that is away."""
    web.routes["/switch"] = b"thanks"
    more = f'[health]\nping = "{web.url("/switch")}"\n'
    with assembled(load(write_config(tmp_path, smtp_ports=(9,), more=more)), clock) as opened:
        yield opened


def owe(parts: Parts) -> None:
    """Put a message into the outbox."""
    parts.store.add_deliveries(
        parts.federation_id, [NewDelivery("head", "test", "t:1", {}, 3, parts.now())], parts.now()
    )


def test_a_service_that_is_well_must_be_heard_of(parts: Parts, web: WebServer) -> None:
    assert give_sign(parts)
    assert web.paths() == ["/switch"]


def test_a_service_whose_work_is_left_lying_must_fall_silent(parts: Parts, web: WebServer, clock: Clock) -> None:
    owe(parts)
    clock.now += timedelta(minutes=16)
    assert not give_sign(parts)
    assert web.paths() == []


def test_a_service_that_can_tell_nobody_must_fall_silent(parts: Parts, web: WebServer, clock: Clock) -> None:
    owe(parts)
    for _ in range(3):
        parts.outbox.deliver()
        clock.now += timedelta(minutes=40)
    parts.outbox.deliver()
    assert not give_sign(parts)
    assert web.paths() == []


def test_a_switch_in_trouble_must_not_harm(parts: Parts, web: WebServer) -> None:
    web.routes["/switch"] = Answer(status=500)
    assert not give_sign(parts)


def test_without_an_address_nothing_must_be_asked(tmp_path: Path, clock: Clock) -> None:
    with assembled(load(write_config(tmp_path, smtp_ports=(9,))), clock) as parts:
        assert not give_sign(parts)
