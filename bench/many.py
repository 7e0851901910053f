"""Many schools in one worker on PostgreSQL, beside one school that has all the sources alone.

How soon every source was asked for the first time, how that compares with the pace of sources that are asked
every half an hour, and what the worker holds in memory then. `server` is a PostgreSQL server on which databases may
be made, such as postgresql://watcher@127.0.0.1:5432; each run has one of its own, which goes away.

    python bench/many.py server [schools]
"""

import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from memory import WATCHER, report, service
from polling import CONFIG, addresses, farm, wait_until_asked

SOURCES = 12  #: of each school
EVERY = 30 * 60  #: seconds between two polls of a source
NAME = "Hollybush Nursery School"


@contextmanager
def database(server: str) -> Iterator[str]:
    """Make a database and drop it again; yield its address."""
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def write_configs(folder: Path, store: str, feeds: list[str], schools: int) -> None:
    """Write a file for each school, the feeds shared out among them."""
    base = CONFIG.replace("sqlite:///watcher.db", store.replace("postgresql://", "postgresql+psycopg://"))
    for school in range(schools):
        own = feeds[school::schools]
        sources = (f'[[source]]\nkind = "feed"\nname = "feed {n}"\nurl = "{url}"\n' for n, url in enumerate(own))
        name = NAME.replace("Nursery", f"Nursery {school}")
        (folder / f"{school}.toml").write_text(base.replace(NAME, name) + "".join(sources))


def measure(server: str, sources: int, schools: int) -> float:
    """Run a worker until every source was asked once; print what it took, and return the seconds."""
    with database(server) as store, farm() as port, tempfile.TemporaryDirectory() as folder:
        write_configs(Path(folder), store, addresses(port, sources), schools)
        began = time.perf_counter()
        with service(WATCHER, "worker", "--config", folder) as process:
            wait_until_asked(port, sources)
            seconds = time.perf_counter() - began
            report(f"{schools} with {sources} sources", process)
    print(f"{'':28} all asked after {seconds:.0f} s, {sources / seconds:.0f} a second")
    return seconds


def main(server: str, schools: int) -> None:
    """Run and print."""
    sources = schools * SOURCES
    one, many = measure(server, sources, 1), measure(server, sources, schools)
    print(f"{schools} schools take {many / one:.1f} times as long as one with all their sources")
    print(f"every half an hour needs {sources / EVERY:.1f} polls a second; that is {EVERY / many:.0f} times less")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 400)
