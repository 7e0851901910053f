"""Is this the only process at work on a SQLite store?

Whoever holds the lock may take back at once what a killed process had leased, without waiting for leases.
"""

import os
from pathlib import Path
from typing import IO


class Solitude:
    """A lock beside the database, held while this object lives. The system releases it at any death."""

    def __init__(self, database: Path) -> None:
        self._file: IO[str] | None = None
        self._path = database.with_name(database.name + ".lock")

    def take(self) -> bool:
        """Try to become the only one; True where that worked."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "r+")
        if not _lock(file):
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Let others in."""
        if self._file:
            self._file.close()
            self._file = None


def _lock(file: IO[str]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            vars(msvcrt)["locking"](file.fileno(), vars(msvcrt)["LK_NBLCK"], 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
