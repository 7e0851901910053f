"""Threads that write at the same moment share one transaction, and so one flush of the disk."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Together(Generic[Item]):
    """Writes what many threads bring. Thread-safe.

    While one batch is being written, whatever comes meanwhile gathers and is the next one. The thread that finds
    nobody writing does it, for all, until nothing is left. Nobody waits for company.
    """

    def __init__(self, write: Callable[[Sequence[Item]], None]) -> None:
        self._write = write  #: all or nothing, in one transaction
        self._gathered: list[Item] = []
        self._written: Future[None] = Future()  #: of what is gathered
        self._is_writing = False
        self._lock = threading.Lock()

    def add(self, item: Item) -> None:
        """Return when the item is committed. Raises what `write` raises, to all whose items were in the batch."""
        with self._lock:
            self._gathered.append(item)
            written = self._written
            writes, self._is_writing = not self._is_writing, True
        while writes:
            writes = self._write_batch()
        written.result()

    def _write_batch(self) -> bool:
        """Write what has gathered; False where nothing had, and nobody writes from now on."""
        with self._lock:
            batch, self._gathered = self._gathered, []
            written, self._written = self._written, Future()
            self._is_writing = bool(batch)
        if not batch:
            return False
        try:
            self._write(batch)
        except BaseException as error:  # whatever it was, nobody may take his item for written
            written.set_exception(error)
        else:
            written.set_result(None)
        return True
