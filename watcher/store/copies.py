"""Copies of a SQLite store: written while it is in use, proved whole, and put back in its place."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from watcher.store.database import StoreError, file_of


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy holds."""

    schema: str  #: the migration it stands at
    mentions: int
    cases: int
    unsent: int  #: messages that were still to go out


def database_file(url: str) -> Path:
    """Return the file of a SQLite store. Raises StoreError for a server, which has tools of its own."""
    file = file_of(url)
    if file is None:
        raise StoreError("PostgreSQL is copied with pg_dump and put back with pg_restore, not from here")
    return file


def copy_store(url: str, target: Path) -> Copy:
    """Write a whole copy, also while the service runs, and return what is in it. Raises StoreError."""
    source = database_file(url)
    if target.exists():
        raise StoreError(f"{target} is there already; a copy is never written over")
    if not source.exists():
        raise StoreError(f"there is no database {source} yet")
    try:
        # Read-only: a second connection must neither write nor checkpoint.
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=60)) as reading:
            reading.execute("VACUUM INTO ?", (str(target),))
        target.chmod(0o600)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"no copy could be written to {target}: {error}") from error
    return examine(target)


def examine(path: Path) -> Copy:
    """Prove that a copy is whole and of this program, and say what it holds. Raises StoreError."""
    if not path.exists():
        raise StoreError(f"there is no file {path}")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as reading:
            found = reading.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                raise StoreError(f"{path} is damaged: {found}")
            count = "SELECT (SELECT version_num FROM alembic_version), (SELECT count(*) FROM mentions), "
            count += "(SELECT count(*) FROM cases), "
            count += "(SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending', 'handed'))"
            return Copy(*reading.execute(count).fetchone())
    except sqlite3.Error as error:
        raise StoreError(f"{path} is no copy of a store: {error}") from error


def put_back(path: Path, url: str) -> Path | None:
    """Put a copy in the database's place; return where the old database went, if there was one.

    What the copy holds as unsent may have gone out since: it is sent as a possible repeat. Nobody else may have
    the database open.
    """
    examine(path)
    place = database_file(url)
    aside = _move_aside(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, place)
    place.chmod(0o600)
    with closing(sqlite3.connect(place)) as writing, writing:
        writing.execute(
            "UPDATE deliveries SET repeat = 1, state = 'pending', lease_token = NULL "
            "WHERE state IN ('pending', 'sending', 'handed')"
        )
    return aside


def _move_aside(place: Path) -> Path | None:
    """Move a database out of the way, with the log in which its newest rows may stand."""
    if not place.exists():
        return None
    number = next(n for n in range(1, 10_000) if not place.with_name(f"{place.name}.old{n}").exists())
    aside = place.with_name(f"{place.name}.old{number}")
    for ending in ("-wal", "-shm", ""):
        part = place.with_name(place.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside
