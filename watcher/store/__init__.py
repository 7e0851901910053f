"""The one door to the database.

Reading order: schema.py (what is true), records.py (what crosses the border), database.py (how it is opened), then
a module per topic: polling.py, filing.py, outbox.py, reading.py, people.py, casework.py, accounts.py, retention.py.
store.py joins them.
"""

from watcher.store.database import StoreError
from watcher.store.people import VERDICTS
from watcher.store.store import Store, open_store

__all__ = ["VERDICTS", "Store", "StoreError", "open_store"]
