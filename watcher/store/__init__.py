"""The one door to the database.

Reading order: schema.py (what is true), records.py (what crosses the border), rows.py (from one to the other),
database.py (how it is opened), migrate.py, then a module per topic: polling.py, filing.py (what a poll brought),
together.py (writing side by side), outbox.py, waiting.py (what nobody has taken up), reading.py, people.py (what
they decide, and the audit log), casework.py, accounts.py, proofs.py, retention.py. store.py joins them; copies.py
copies them.
"""

from watcher.store.database import StoreError, file_of
from watcher.store.people import VERDICTS
from watcher.store.store import Store, open_store

__all__ = ["VERDICTS", "Store", "StoreError", "file_of", "open_store"]
