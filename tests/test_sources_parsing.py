"""Parsing in bounded children: one hostile document costs one call."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sources.errors import Malformed, Refused
from sources.feed import read_feed
from sources.page import Selectors, read_page
from sources.parsing import Parsers

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ATTRIBUTES = (
    b"<rss version='2.0'><channel " + b" ".join(b"a%d='x'" % n for n in range(50_000)) + b"></channel></rss>"
)
NESTING = b"<rss version='2.0'><channel>" + b"<a>" * 200_000
ANGLES = b"<a " * 20_000


@pytest.fixture
def strict() -> Iterator[Parsers]:
    pool = Parsers(2, cpu_seconds=1, wall_seconds=3.0, memory_mib=400)
    yield pool
    pool.close()


def _feed(body: bytes) -> object:
    return read_feed(body, "text/xml", "https://x.example/feed", "news", "", NOW)


def _page(body: bytes) -> object:
    return read_page(body, "https://x.example/", "other", Selectors("p"), NOW)


def _grow() -> int:
    return len(bytearray(2_000_000_000))


def _hang() -> None:
    threading.Event().wait(60)


def _die() -> None:
    os._exit(3)


def _refuse() -> None:
    raise Refused("a log-in wall")


def _stumble() -> None:
    raise KeyError("odd")


@pytest.mark.parametrize(
    ("function", "args"),
    [
        pytest.param(_feed, (ATTRIBUTES,), id="attribute bomb"),
        pytest.param(_feed, (NESTING,), id="nesting bomb"),
        pytest.param(_page, (ANGLES,), id="angle bomb"),
        pytest.param(_grow, (), id="memory"),
        pytest.param(_hang, (), id="hang"),
        pytest.param(_die, (), id="sudden death"),
        pytest.param(_stumble, (), id="any exception"),
    ],
)
def test_a_hostile_document_must_fail_soon_and_alone(
    function: object, args: tuple[bytes, ...], strict: Parsers
) -> None:
    started = time.monotonic()
    with pytest.raises(Malformed):
        strict.run(function, *args)  # type: ignore[arg-type]
    assert time.monotonic() - started < 8
    assert strict.run(len, b"four") == 4


def test_others_must_go_on_meanwhile(strict: Parsers) -> None:
    strict.run(len, b"")
    stuck = threading.Thread(target=_run_and_fail, args=(strict,))
    stuck.start()
    started = time.monotonic()
    assert [strict.run(len, b"x" * n) for n in range(20)] == list(range(20))
    assert time.monotonic() - started < 2
    stuck.join()


def _run_and_fail(pool: Parsers) -> None:
    with pytest.raises(Malformed):
        pool.run(_hang)


def test_a_source_error_must_come_through_as_itself(strict: Parsers) -> None:
    with pytest.raises(Refused, match="a log-in wall"):
        strict.run(_refuse)


def test_children_must_not_outlive_a_killed_parent() -> None:
    code = (
        "from sources.parsing import Parsers; p = Parsers(1); print(p.run(__import__('os').getpid), flush=True);"
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    parent = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)  # noqa: S603
    child = int(parent.stdout)
    for _ in range(100):
        if not _alive(child):
            return
        threading.Event().wait(0.05)
    pytest.fail("the child is still there")


def _alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
