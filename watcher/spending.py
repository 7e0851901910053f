"""What questions cost that are asked beside the polls: counted where the polls count theirs.

`watcher check`, `watcher backfill` and `watcher sources add` ask platforms that give an allowance of a day or a
month. They ask with the cursor of the source, and add to its count what they have spent.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sources.errors import Refused, SourceError
from sources.meters import billed, charged
from sources.source import Fetched, Looked, Source, Spends
from watcher.assembly import Clock, enrol
from watcher.config import Config
from watcher.store import Store, StoreError, open_store

Answer = TypeVar("Answer", Fetched, Looked)


@dataclass(frozen=True, slots=True)
class Till:
    """The counts of one federation's sources."""

    store: Store | None  #: None: it cannot be opened, so nothing that costs is asked
    federation_id: int = 0

    def tried(self, name: str, source: Source) -> Fetched:
        """Ask a source once, to see whether it answers; nothing that comes is kept. Raises SourceError."""
        if not isinstance(source, Spends):
            return source.fetch(None)
        return self._paid(name, source.fetch)

    def looked_back(self, name: str, source: Spends, since: datetime) -> Looked:
        """Return the posts since a time. Raises SourceError."""
        return self._paid(name, lambda cursor: source.look_back(since, cursor))

    def note(self, name: str, before: str | None, after: str) -> None:
        """Add to a source's count what was spent between two of its cursors."""
        bill = billed(before, after)
        if bill and self.store:
            self.store.change_cursor(self.federation_id, name, lambda cursor: charged(cursor, bill))

    def _paid(self, name: str, ask: Callable[[str | None], Answer]) -> Answer:
        if self.store is None:
            raise Refused("it is not asked: without the store nobody knows what it has spent")
        before = self.store.cursor_of(self.federation_id, name)
        try:
            answer = ask(before)
        except SourceError as error:
            if error.cursor is not None:
                self.note(name, before, error.cursor)
            raise
        self.note(name, before, answer.cursor)
        return answer


@contextmanager
def opened_till(config: Config, now: Clock) -> Iterator[Till]:
    """Open the counts, of sources too that were never polled."""
    with ExitStack() as open_things:
        try:
            store = open_things.enter_context(open_store(config.store_url))
            till = Till(store, enrol(config, store, now()))
        except StoreError:
            till = Till(None)
        yield till
