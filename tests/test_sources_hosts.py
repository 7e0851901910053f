"""Turns at a host, by a clock that only moves when somebody sleeps."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from sources.errors import RateLimited, Unreachable
from sources.hosts import MOST_HOSTS, THROTTLED_FOR, Hosts


class Clock:
    """Monotonic seconds, moved by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hosts(clock: Clock) -> Hosts:
    return Hosts(random.Random(1), 60.0, clock=clock, sleep=clock.sleep)


def ask(hosts: Hosts, spacing: float = 1.0, name: str = "a.example", since: float = 1000.0) -> None:
    with hosts.turn(name, spacing, since):
        pass


def test_the_first_request_must_not_wait(hosts: Hosts, clock: Clock) -> None:
    ask(hosts)
    ask(hosts, name="b.example")
    assert clock.slept == []


def test_a_pause_must_lie_between_two_requests_and_vary(hosts: Hosts, clock: Clock) -> None:
    for _ in range(50):
        ask(hosts)
    assert all(1.0 <= pause <= 1.2 for pause in clock.slept)
    assert len(set(clock.slept)) == 49


def test_time_that_passed_anyway_must_count(hosts: Hosts, clock: Clock) -> None:
    ask(hosts)
    clock.now += 5
    ask(hosts)
    assert clock.slept == []


def test_a_failed_request_must_be_followed_by_a_pause_too(hosts: Hosts, clock: Clock) -> None:
    with pytest.raises(ValueError, match="broken"), hosts.turn("a.example", 1.0, 0.0):
        raise ValueError("broken")
    ask(hosts)
    assert len(clock.slept) == 1


def test_a_host_that_rests_must_refuse_at_once_and_say_how_long(hosts: Hosts, clock: Clock) -> None:
    hosts.rest("a.example", timedelta(minutes=10))
    hosts.rest("a.example", timedelta(minutes=1))
    clock.now += 60
    with pytest.raises(RateLimited) as caught:
        ask(hosts)
    assert caught.value.retry_after == timedelta(minutes=9)
    ask(hosts, name="b.example")
    clock.now += 9 * 60
    ask(hosts)
    assert clock.slept == []


def test_a_rest_asked_of_one_credential_must_not_be_the_others(hosts: Hosts, clock: Clock) -> None:
    hosts.rest("a.example", timedelta(minutes=10), "Bearer ours")
    with hosts.turn("a.example", 0.0, clock.now, "Bearer theirs"):
        assert not hosts.was_throttled("a.example", "Bearer theirs")
    with pytest.raises(RateLimited), hosts.turn("a.example", 0.0, clock.now, "Bearer ours"):
        pytest.fail("it was asked")


def test_a_throttle_must_be_remembered_for_a_while(hosts: Hosts, clock: Clock) -> None:
    assert not hosts.was_throttled("a.example")
    hosts.rest("a.example", timedelta(0))
    assert hosts.was_throttled("a.example")
    assert not hosts.was_throttled("b.example")
    clock.now += THROTTLED_FOR
    assert not hosts.was_throttled("a.example")


def test_a_turn_that_is_too_far_away_must_be_refused_at_once(hosts: Hosts, clock: Clock) -> None:
    ask(hosts, spacing=100.0)
    with pytest.raises(RateLimited, match="busy") as caught:
        ask(hosts)
    assert timedelta(seconds=100) <= (caught.value.retry_after or timedelta(0)) <= timedelta(seconds=120)
    assert clock.slept == []


def test_a_host_that_went_down_must_be_left_by_those_who_came_before(hosts: Hosts, clock: Clock) -> None:
    clock.now += 5
    hosts.down("a.example")
    with pytest.raises(Unreachable, match="a moment ago"):
        ask(hosts, since=1004.0)
    ask(hosts, since=1006.0)


def _in_line(hosts: Hosts, meanwhile: Callable[[], None], count: int) -> list[str]:
    """Let `count` threads wait while the turn is held; return what became of them, `meanwhile` having happened."""
    arrived = threading.Semaphore(0)

    def wait(_: int) -> str:
        arrived.release()
        try:
            ask(hosts)
        except (RateLimited, Unreachable) as error:
            return str(error)
        return "served"

    with ThreadPoolExecutor(count) as pool:
        with hosts.turn("a.example", 1.0, 1000.0):
            waiting = [pool.submit(wait, number) for number in range(count)]
            for _ in range(count):
                arrived.acquire()
            meanwhile()
        return [future.result() for future in waiting]


def test_those_in_line_must_be_served_in_turn(hosts: Hosts, clock: Clock) -> None:
    assert _in_line(hosts, lambda: None, 5) == ["served"] * 5
    assert len(clock.slept) == 5


def test_those_in_line_must_not_wait_for_a_host_that_rests(hosts: Hosts, clock: Clock) -> None:
    said = _in_line(hosts, lambda: hosts.rest("a.example", timedelta(hours=1)), 5)
    assert said == ["a.example asked for a rest"] * 5
    assert clock.slept == []


def test_a_line_must_not_grow_beyond_patience(hosts: Hosts) -> None:
    said = _in_line(hosts, lambda: None, 70)
    assert {"served", "a.example is busy with other sources"} == set(said)
    assert said.count("served") <= 60


def test_hosts_must_be_forgotten_when_there_are_too_many(hosts: Hosts, clock: Clock) -> None:
    hosts.rest("resting.example", timedelta(hours=5))
    for number in range(MOST_HOSTS + 10):
        ask(hosts, spacing=0.0, name=f"{number}.example")
        clock.now += 0.001
    assert len(hosts) <= MOST_HOSTS
    with pytest.raises(RateLimited):
        ask(hosts, name="resting.example")
