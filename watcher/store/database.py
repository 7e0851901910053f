"""How the database is opened: one writing connection on SQLite, a pool on PostgreSQL."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import StaticPool

from watcher.mendable import Mendable

_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=20000",
    "secure_delete=ON",
    "mmap_size=0",
)
_TURNS = 7_014_523  #: any number, the same in every process


class StoreError(Mendable):
    """The store cannot do what was asked; the message tells a person why."""


def file_of(url: str) -> Path | None:
    """Return the file of a SQLite store; None for a server's."""
    made = make_url(url)
    return Path(made.database or "") if made.get_backend_name() == "sqlite" else None


class Database:
    """An open database. `writing` and `reading` are the only ways to a connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        file = file_of(url)
        self.sqlite = file is not None
        self._write_lock = threading.RLock()
        self._engine = _sqlite_engine(url, file) if file else _server_engine(url)

    @property
    def engine(self) -> Engine:
        """The engine, for migrations."""
        return self._engine

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that commits at the end, or leaves nothing behind."""
        with self._serialised(), _explained(self.url), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection for reading."""
        with self._serialised(), _explained(self.url), self._engine.connect() as connection:
            yield connection

    def make_schema(self, name: str, script: str) -> None:
        """Make a PostgreSQL schema of somebody else's tables by their own script, unless it is there."""
        with self.writing() as connection:
            wait_for_turn(connection)
            query = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
            if connection.scalar(query, {"name": name}):
                return
            connection.execute(text(f"CREATE SCHEMA {name}"))
            connection.execute(text(f"SET LOCAL search_path TO {name}"))
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101  # it is open
            driver.execute(script)  # many statements at once, which SQLAlchemy's own way does not take

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _serialised(self) -> Iterator[None]:
        """Hold SQLite's one connection; PostgreSQL has a pool and needs no lock."""
        if not self.sqlite:
            yield
            return
        with self._write_lock:
            yield


def wait_for_turn(connection: Connection, audit_of: int = 0) -> None:
    """Let one process at a time go on until its transaction ends; SQLite's write lock does the same.

    There is one turn for the schema with the list of sources, and one for each federation's audit log.
    """
    if connection.dialect.name == "postgresql":
        query = text("SELECT pg_advisory_xact_lock(:turns, :one)")
        connection.execute(query, {"turns": _TURNS, "one": audit_of})


@contextmanager
def _explained(url: str) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        shown = make_url(url).render_as_string(hide_password=True)
        reason = str(error.orig).splitlines()[0] if error.orig else "no reason given"
        raise StoreError(f"the database {shown} does not answer: {reason}") from error


def _sqlite_engine(url: str, file: Path) -> Engine:
    _make_private(file)
    # Two connections that write and checkpoint at once can damage a WAL before SQLite 3.51.3, so there is one.
    engine = create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "timeout": 20},
        query_cache_size=200,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_at_once)
    return engine


def _make_private(path: Path) -> None:
    """Create the file with mode 0600; SQLite gives its companions the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(f"the database {path} cannot be written: {error.strerror}") from error


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_at_once, not by the driver
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_at_once(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _server_engine(url: str) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=20)
    except (DBAPIError, ModuleNotFoundError) as error:
        raise StoreError("PostgreSQL needs the extra: pip install 'nursery-watcher[scale]'") from error
