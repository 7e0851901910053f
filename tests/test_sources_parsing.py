"""Parsing in bounded children: one hostile document costs one call."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import hostile_readers as readers
import pytest

from sources.errors import Malformed, RateLimited, Refused, Unreachable
from sources.parsing import CALLS, Parsers


@pytest.fixture
def strict() -> Iterator[Parsers]:
    """A pool with small limits."""
    with closing(Parsers(2, cpu_seconds=0.4, wall_seconds=1.0, memory_mib=256)) as pool:
        yield pool


@pytest.fixture
def single() -> Iterator[Parsers]:
    """A pool of one child, with the usual limits."""
    with closing(Parsers(1)) as pool:
        yield pool


LONG, LARGE = "took too long", "needs too much memory"
BOMBS: dict[str, tuple[Callable[..., Any], tuple[Any, ...], str]] = {
    "attributes": (readers.feed, (readers.ATTRIBUTES,), LONG),
    "nesting": (readers.feed, (readers.NESTING,), LONG),
    "angles": (readers.page, (readers.ANGLES, "html.parser"), LONG),
    "comments": (readers.page, (readers.COMMENTS, "html.parser"), LONG),
    "computing": (readers.compute, (60.0,), LONG),
    "hang": (readers.hang, (), LONG),
    "memory": (readers.grow, (1000,), LARGE),
    "large result": (readers.many_bytes, (70,), LARGE),
    "sudden end": (readers.leave, (3,), "broke down"),
    "end without fault": (readers.leave, (0,), "broke down"),
    "segmentation fault": (readers.crash, (signal.SIGSEGV,), "broke down"),
    "killed by the system": (readers.crash, (signal.SIGKILL,), "broke down"),
    "system exit": (readers.stop, (), "broke down"),
    "recursion": (readers.recurse, (), "RecursionError"),
    "any exception": (readers.stumble, (), "KeyError"),
    "result that cannot travel": (readers.unpicklable, (), "cannot be handed over"),
    "result of a strange class": (readers.stranger, (), "hostile_readers.Stranger may not be in a result"),
    "forged answer": (readers.forge, (b"\0\0\0\0\0\0\0\x05hello",), "no result"),
    "forged outcome": (
        readers.forge,
        (b"\0\0\0\0\0\0\0\x12" + pickle.dumps((1, 2, 3, 4), 2)[:18].ljust(18),),
        "no result",
    ),
    "forged length": (readers.forge, (b"\xff" * 8,), "broke down"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_document_must_fail_soon_alone_and_with_a_reason(name: str, strict: Parsers) -> None:
    function, args, reason = BOMBS[name]
    started = time.monotonic()
    with pytest.raises(Malformed, match=reason):
        strict.run(function, *args)
    assert time.monotonic() - started < 3
    assert strict.run(readers.add, 2, 2) == 4


def test_others_must_go_on_meanwhile(strict: Parsers) -> None:
    strict.run(readers.add, 0, 0)
    with ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(strict.run, readers.hang)
        assert [strict.run(readers.add, n, 1) for n in range(50)] == list(range(1, 51))
        assert not stuck.done()
        assert isinstance(stuck.exception(), Malformed)


def test_the_real_parsers_must_survive_the_bombs_under_the_usual_limits_of_memory(single: Parsers) -> None:
    assert single.run(readers.page, readers.ANGLES * 20, "lxml") == 0
    assert (
        single.run(readers.feed, b"<rss version='2.0'><channel><item><title>a</title></item></channel></rss>") == 1
    )


def test_a_source_error_must_come_through_as_itself(single: Parsers) -> None:
    with pytest.raises(Refused, match="a log-in wall"):
        single.run(readers.refuse)
    with pytest.raises(RateLimited) as caught:
        single.run(readers.ask_for_a_pause)
    assert (str(caught.value), caught.value.retry_after) == ("too often", timedelta(seconds=7))
    assert str(single.run(readers.error_as_value)) == "a value"


def test_results_of_this_package_must_come_through(single: Parsers) -> None:
    assert single.run(readers.posts) == readers.posts()


@pytest.mark.parametrize("reader", [readers.attack, readers.attack_from_within])
def test_a_child_that_was_taken_over_must_not_reach_its_parent(
    reader: Callable[..., Any], single: Parsers, tmp_path: Path
) -> None:
    planted = tmp_path / "planted"
    with pytest.raises(Malformed, match="may not be in a result"):
        single.run(reader, *([str(planted)] if reader is readers.attack else []))
    assert not planted.exists()


def test_twenty_threads_must_each_get_their_own_result(strict: Parsers) -> None:
    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(lambda n: strict.run(readers.add, n, n), range(400))) == [2 * n for n in range(400)]


def test_a_child_must_serve_many_calls_each_with_time_of_its_own(strict: Parsers) -> None:
    processes = {strict.run(readers.process), *(strict.run(readers.process) for _ in range(5))}
    assert [strict.run(readers.compute, 0.15) for _ in range(5)] == [0.15] * 5
    assert processes == {strict.run(readers.process)}


def test_a_child_must_be_replaced_after_many_calls(single: Parsers) -> None:
    processes = [single.run(readers.process) for _ in range(CALLS + 1)]
    assert len(set(processes[:CALLS])) == 1
    assert processes[CALLS] != processes[0]


def test_a_child_that_grew_must_be_replaced(single: Parsers) -> None:
    before = single.run(readers.process)
    single.run(readers.keep, 20)
    single.run(readers.grow, 300)  # given back at once
    assert single.run(readers.process) == before
    single.run(readers.keep, 210)
    assert single.run(readers.process) != before


def test_a_child_that_died_idle_must_be_replaced_unnoticed(single: Parsers) -> None:
    before = single.run(readers.process)
    os.kill(before, signal.SIGKILL)
    _wait_until(lambda: not _alive(before))
    assert single.run(readers.process) != before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_child_must_leave_signals_to_its_parent(number: int, single: Parsers) -> None:
    assert single.run(readers.outlive, number) == "alive"


def test_a_child_that_prints_must_not_garble_its_answer(single: Parsers) -> None:
    assert single.run(readers.chatter) == "quiet"


def test_a_child_must_know_no_secrets_and_little_code(single: Parsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAD_MAIL_URL", "secret")
    assert "secret" not in single.run(readers.environment).values()
    loaded = single.run(readers.modules)
    assert not {"httpx", "sklearn", "sqlalchemy", "apprise", "watcher", "typer", "pytest", "feedparser"} & set(
        loaded
    )


def test_an_idle_child_must_be_small(single: Parsers) -> None:
    single.run(readers.feed, b"<rss version='2.0'><channel><item><title>a</title></item></channel></rss>")
    single.run(readers.page, b"<p>a</p>", "lxml")
    status = Path(f"/proc/{single.run(readers.process)}/status").read_text()
    resident_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    assert resident_kib < 60 * 1024


def test_closing_must_leave_nobody_behind_and_turn_callers_away() -> None:
    pool = Parsers(2)
    idle = pool.run(readers.process)
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(pool.run, readers.compute, 0.3)
        pool.close()
        assert busy.exception() is None or isinstance(busy.exception(), Unreachable)
    for _ in range(3):
        with pytest.raises(Unreachable, match="stopping"):
            pool.run(readers.add, 1, 1)
    assert not _alive(idle)
    assert not any(thread.name == "parser watch" and not thread.daemon for thread in threading.enumerate())
    pool.close()


@pytest.mark.parametrize("doing", ["idle", "busy"])
def test_children_must_not_outlive_a_killed_parent(doing: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, str(script), doing], stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": path}
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()
    _wait_until(lambda: not _alive(child))


_PARENT = """
import sys, threading, hostile_readers as readers
from sources.parsing import Parsers
pool = Parsers(1, wall_seconds=1.0)
child = pool.run(readers.process)
if sys.argv[1] == "busy":
    threading.Thread(target=pool.run, args=(readers.hang,)).start()
print(child, flush=True)
threading.Event().wait()
"""


def _wait_until(is_true: Callable[[], bool]) -> None:
    for _ in range(200):
        if is_true():
            return
        threading.Event().wait(0.05)
    pytest.fail("it never came true")


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_children_that_nobody_needs_must_rest_and_start_again(single: Parsers) -> None:
    first = single.run(readers.process)
    single.rest(60.0)
    assert single.run(readers.process) == first
    single.rest(0.0)
    assert not Path(f"/proc/{first}").exists()
    assert single.run(readers.process) != first


def test_children_started_ahead_must_be_those_that_serve() -> None:
    others = _our_children()
    with closing(Parsers(2)) as pool:
        pool.start()
        ahead = _our_children() - others
        assert len(ahead) == 2
        assert pool.run(readers.process) in ahead
        pool.start()
        assert _our_children() - others == ahead


def test_a_start_ahead_that_fails_must_be_told_by_the_first_call(
    single: Parsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    single.start()
    with pytest.raises(Unreachable, match="no reader could be started"):
        single.run(readers.process)


def _our_children() -> set[int]:
    return {int(child) for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def test_a_child_that_is_busy_must_not_be_sent_to_rest(single: Parsers) -> None:
    single.run(readers.add, 0, 0)
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(single.run, readers.compute, 0.3)
        while not single._slots.empty():
            wait([busy], timeout=0.01)
        single.rest(0.0)
        assert busy.result() == 0.3


def test_nothing_must_start_again_after_the_end() -> None:
    pool = Parsers(1)
    first = pool.run(readers.process)
    pool.close()
    pool.rest(0.0)
    assert not Path(f"/proc/{first}").exists()
    with pytest.raises(Unreachable, match="stopping"):
        pool.run(readers.process)
