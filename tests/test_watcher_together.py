"""Threads that write at the same moment share one transaction, and each knows when its own is safe."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from watcher.store.together import Together


class Disk:
    """Takes batches, the first of them only when `others` have gathered behind it."""

    def __init__(self, others: int) -> None:
        self.batches: list[list[int]] = []
        self.broken = False
        self.together = Together(self.write)
        self._begun = threading.Event()
        self._free = threading.Event()
        self._others = others

    def write(self, items: Sequence[int]) -> None:
        self.batches.append(list(items))
        if len(self.batches) == 1:
            self._begun.set()
            assert self._free.wait(10)
        if self.broken:
            raise OSError("the disk is full")

    def run(self, *, breaks: bool = False) -> list[BaseException | None]:
        """Add 0 alone and the others while it is being written; return what each thread was told."""
        with ThreadPoolExecutor(self._others + 1) as pool:
            first = pool.submit(self.together.add, 0)
            assert self._begun.wait(10)
            added = [pool.submit(self.together.add, number) for number in range(1, self._others + 1)]
            while len(self.together._gathered) < self._others:
                wait(added, timeout=0.01)
            assert not any(one.done() for one in added)
            self.broken = breaks
            self._free.set()
            return [one.exception(10) for one in (first, *added)]


def test_what_comes_during_a_batch_must_be_the_next_one() -> None:
    disk = Disk(20)
    assert disk.run() == [None] * 21
    assert [sorted(batch) for batch in disk.batches] == [[0], list(range(1, 21))]


def test_a_thread_that_is_alone_must_not_wait_for_company() -> None:
    written: list[int] = []
    together = Together(written.extend)
    together.add(1)
    together.add(2)
    assert written == [1, 2]


def test_nobody_may_take_for_written_what_failed() -> None:
    told = Disk(5).run(breaks=True)
    assert [str(error) for error in told] == ["the disk is full"] * 6


def test_a_failure_must_not_reach_the_next_batch() -> None:
    disk = Disk(0)
    disk.run(breaks=True)
    disk.broken = False
    disk.together.add(7)
    assert disk.batches == [[0], [7]]
    disk.broken = True
    with pytest.raises(OSError, match="full"):
        disk.together.add(8)
