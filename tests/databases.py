"""Both databases the store must work on; PostgreSQL is a real cluster that the tests start and stop."""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from needs import missing


def postgresql_binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server installed from Debian's packages."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def cluster() -> Iterator[str]:
    """Run a cluster on loopback; yield the address of its server without a database's name."""
    binaries = postgresql_binaries()
    if binaries is None:
        missing("PostgreSQL", "postgresql")
    # PostgreSQL refuses to run as root; the package's own user does instead.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="watcher-pg-"))
    data, port = folder / "data", free_port()
    if user:
        shutil.chown(folder, user)
    try:
        _run(user, binaries / "initdb", "-D", data, "-U", "watcher", "--auth=trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        _run(user, binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://watcher@127.0.0.1:{port}"
        finally:
            _run(user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str) -> str:
    """Make an empty database and return its address."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{server}/{name}"


def _run(user: str | None, *command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True, user=user, timeout=60, cwd="/")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
