"""What many tests stand on: real servers, both databases, a clock that stands still."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from databases import cluster, new_database
from drills import Zygote
from web_server import WebServer

from sources.client import Client
from sources.manners import Manners
from sources.parsing import Parsers
from sources.source import Tools
from watcher.demo.mailbox import Mailbox
from watcher.store import Store, open_store

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _logs_to_nobodys_stream() -> Iterator[None]:
    """Forget where a command under test wrote its log; that stream is closed with the command."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def now() -> datetime:
    """A Tuesday morning."""
    return NOW


@pytest.fixture
def web() -> Iterator[WebServer]:
    server = WebServer()
    yield server
    server.close()


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    folder = tmp_path / "mail"
    folder.mkdir()
    box = Mailbox(folder)
    yield box
    box.close()


@pytest.fixture
def client() -> Iterator[Client]:
    manners = Manners(allow=("127.0.0.0/8",), spacing=0.0, read_timeout=1.0, total_timeout=2.0)
    asking = Client(manners, now=lambda: NOW, jitter=random.Random(1))
    yield asking
    asking.close()


@pytest.fixture(scope="session")
def parsers() -> Iterator[Parsers]:
    pool = Parsers(2)
    yield pool
    pool.close()


@pytest.fixture
def tools(client: Client, parsers: Parsers) -> Tools:
    return Tools(client, parsers, ("Hollybush Nursery School",), lambda: NOW)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with cluster() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: str) -> str:
    return new_database(postgresql)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with open_store(store_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    started = Zygote()
    yield started
    started.close()
