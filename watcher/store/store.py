"""The store: every topic in one object."""

from collections.abc import Iterator
from contextlib import contextmanager

from watcher.store.accounts import Accounts
from watcher.store.casework import Working
from watcher.store.filing import Filing
from watcher.store.migrate import migrate
from watcher.store.outbox import Sending
from watcher.store.proofs import Proving
from watcher.store.reading import Reading
from watcher.store.retention import Retaining
from watcher.store.waiting import Waiting


class Store(Filing, Sending, Reading, Working, Accounts, Proving, Retaining, Waiting):
    """An open database with its schema up to date. Thread-safe."""


@contextmanager
def open_store(url: str) -> Iterator[Store]:
    """Open a store, bring its schema up to date, and close it at the end. Raises StoreError."""
    store = Store(url)
    try:
        migrate(store)
        yield store
    finally:
        store.close()
