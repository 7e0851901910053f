"""Threads that write at the same moment share one transaction, and so one flush of the disk."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Together(Generic[Item]):
    """Writes what many threads bring. Thread-safe.

    While one batch is being written, whatever comes meanwhile gathers; the next thread in turn writes all of it.
    Nobody waits for company: a thread that is alone writes at once.
    """

    def __init__(self, write: Callable[[Sequence[Item]], None]) -> None:
        self._write = write  #: all or nothing, in one transaction
        self._gathered: list[tuple[Item, Future[None]]] = []
        self._gathering = threading.Lock()
        self._turn = threading.Lock()

    def add(self, item: Item) -> None:
        """Return when the item is committed. Raises what `write` raises, to all whose items were in the batch."""
        written: Future[None] = Future()
        with self._gathering:
            self._gathered.append((item, written))
        with self._turn:
            self._write_gathered()
        written.result()

    def _write_gathered(self) -> None:
        with self._gathering:
            batch, self._gathered = self._gathered, []
        if not batch:
            return  # whoever had the turn before wrote ours too
        try:
            self._write([item for item, _ in batch])
        except BaseException as error:  # whatever it was, nobody may take his item for written
            for _, written in batch:
                written.set_exception(error)
        else:
            for _, written in batch:
                written.set_result(None)
