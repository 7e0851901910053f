"""`watcher backup` and `watcher restore`: a copy taken under load is whole, and comes back whole."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner
from watched_school import grave, write_config
from web_server import Answer, WebServer, rss

from watcher.commands.main import app
from watcher.commands.terminal import Stop
from watcher.demo.mailbox import Mailbox
from watcher.mendable import Mendable
from watcher.store import open_store


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, Stop):
        return result.exception.code, str(result.exception)
    if isinstance(result.exception, Mendable):
        return 1, str(result.exception)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def config(web: WebServer, mailbox: Mailbox, tmp_path: Path) -> Path:
    web.routes["/feed"] = Answer(rss(("1", "Carnival", grave("Kofi"))))
    path = write_config(tmp_path, web.url("/feed"), smtp_ports=(mailbox.port,))
    assert run("poll", "--config", path)[0] == 0
    return path


def test_a_copy_must_come_back_and_tell_nothing_twice(config: Path, mailbox: Mailbox, tmp_path: Path) -> None:
    code, output = run("backup", tmp_path / "copy.db", "--config", config)
    assert (code, "1 mentions, 1 cases" in output) == (0, True)
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    (tmp_path / "w.db").write_bytes(b"ruined")
    assert run("restore", tmp_path / "copy.db", "--config", config)[0] == 0
    assert (tmp_path / "w.db.old1").read_bytes() == b"ruined"
    assert run("poll", "--config", config)[0] == 0
    assert len(mailbox.mails) == 1


def test_what_was_unsent_must_go_out_as_a_possible_repeat(config: Path, mailbox: Mailbox, tmp_path: Path) -> None:
    from sqlalchemy import update

    from watcher.store.schema import deliveries

    with open_store(f"sqlite:///{tmp_path / 'w.db'}") as store, store.writing() as connection:
        connection.execute(update(deliveries).values(state="pending", repeat=False))
    run("backup", tmp_path / "copy.db", "--config", config)
    run("restore", tmp_path / "copy.db", "--config", config)
    run("poll", "--config", config)
    assert "(possible repeat)" in mailbox.mails[-1].subject


def test_a_copy_taken_while_the_service_writes_must_be_whole(config: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with open_store(f"sqlite:///{tmp_path / 'w.db'}") as store:
            number = 0
            while not stop.is_set():
                number += 1
                store.ensure_federation(f"school {number}", "X", datetime.now(UTC))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            copy = tmp_path / f"copy{number}.db"
            assert run("backup", copy, "--config", config)[0] == 0
            assert run("restore", "--verify", copy, "--config", config)[0] == 0
    finally:
        stop.set()
        writer.join()


def test_mistakes_must_be_told_and_change_nothing(config: Path, tmp_path: Path) -> None:
    before = (tmp_path / "w.db").read_bytes()
    (tmp_path / "broken.db").write_bytes(b"not a database at all, only words of some length" * 40)
    assert "no copy of a store" in run("restore", tmp_path / "broken.db", "--config", config)[1]
    assert "there is no file" in run("restore", "--verify", tmp_path / "none.db", "--config", config)[1]
    assert "never written over" in run("backup", tmp_path / "broken.db", "--config", config)[1]
    assert (tmp_path / "w.db").read_bytes() == before


def test_a_running_service_must_keep_its_database(config: Path, tmp_path: Path) -> None:
    from watcher.assembly import sole_process

    run("backup", tmp_path / "copy.db", "--config", config)
    with sole_process(f"sqlite:///{tmp_path / 'w.db'}"):
        assert "stop the service first" in run("restore", tmp_path / "copy.db", "--config", config)[1]
