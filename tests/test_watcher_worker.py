"""Many workers on PostgreSQL: they share the work, die in the middle of it, and nothing is lost or doubled."""

import os
import random
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from drills import REPEAT, Drill, Zygote, post, wait_for
from sqlalchemy import select
from typer.testing import CliRunner
from watched_school import write_config
from web_server import Answer, WebServer

from watcher.commands.main import app
from watcher.commands.terminal import Stop
from watcher.demo.mailbox import Mailbox
from watcher.mendable import Mendable
from watcher.store import open_store
from watcher.store.schema import deliveries

THOROUGH = os.environ.get("CI") == "true"
MANY = 12
only_in_ci = pytest.mark.skipif(not THOROUGH, reason="a few steps show it; CI takes them all")


class Fleet(Drill):
    """A school whose work is done by workers."""

    def start(self, drill: str = "", command: str = "worker") -> int:
        """Start a worker; no time passes, so the leases of others live on."""
        return self.zygote.start(self.config(), drill, command)

    def feeds(self) -> list[str]:
        return [self.web.url(f"/feed{n}", f"127.0.0.{n % MANY + 1}") for n in range(self.planted)]

    def bury(self) -> None:
        """Let so much time pass that whoever gave no sign of life is taken for dead by the queue."""
        self.queue("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute' RETURNING id")

    def queue(self, query: str) -> list[tuple[object, ...]]:
        """Ask the queue's own tables."""
        address = self.store.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'queue%'").fetchone()
            assert found
            connection.execute(f"SET search_path TO {found[0]}")
            return connection.execute(query).fetchall()

    def leases(self) -> list[datetime]:
        """Return until when messages are leased."""
        with open_store(self.store) as store, store.reading() as connection:
            query = select(deliveries.c.lease_until).where(deliveries.c.state.in_(("sending", "handed")))
            return list(connection.scalars(query))

    def held(self) -> list[tuple[object, ...]]:
        """Return the jobs that a worker holds who does not live."""
        return self.queue(
            "SELECT task_name FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id "
            "WHERE status = 'doing' AND (w.id IS NULL OR last_heartbeat < now() - interval '30 seconds')"
        )


@pytest.fixture
def streets() -> Iterator[WebServer]:
    """A web server on many addresses, so that no feed waits for another's politeness."""
    with WebServer(more_hosts=[f"127.0.0.{n}" for n in range(2, MANY + 2)]) as server:
        yield server


@pytest.fixture
def fleet(postgresql_url: str, tmp_path: Path, streets: WebServer, mailbox: Mailbox, zygote: Zygote) -> Fleet:
    return Fleet(tmp_path, postgresql_url, streets, mailbox, zygote)


def test_workers_must_share_the_work_and_tell_everything_once(fleet: Fleet, streets: WebServer) -> None:
    fleet.owe_a_digest()
    for _ in range(MANY):
        fleet.plant()
    workers = [fleet.start() for _ in range(3)]
    done = wait_for(lambda: len(fleet.told()) == MANY and fleet.nothing_waits())
    for worker in workers:
        fleet.stop(worker)
    assert done
    fleet.check()
    assert Counter(streets.paths()) == Counter(f"/feed{n}" for n in range(MANY))
    assert max(Counter(fleet.subjects()).values()) == 1
    assert len(fleet.subjects()) == MANY + 1  # the digest
    assert fleet.queue("SELECT id FROM procrastinate_workers") == []


@pytest.mark.parametrize(
    ("step", "marked"),
    [
        pytest.param("after_fetch", False, id="in the middle of a poll"),
        pytest.param("in_save", False, id="in the middle of saving", marks=only_in_ci),
        pytest.param("after_lease", False, id="before a message is on the wire", marks=only_in_ci),
        pytest.param("handed_over", True, id="with a message on the wire"),
        pytest.param("after_mark", False, id="after a message was marked as sent", marks=only_in_ci),
    ],
)
def test_what_a_dead_worker_held_must_be_done_by_another(step: str, marked: bool, fleet: Fleet) -> None:
    fleet.plant()
    fleet.died(fleet.start(f"{step}:kill"))
    fleet.bury()
    assert fleet.held()
    fleet.let_time_pass()
    other = fleet.start()
    told = wait_for(lambda: len(fleet.told()) == 1 and fleet.nothing_waits() and not fleet.held())
    fleet.stop(other)
    assert told
    fleet.check()
    assert any(REPEAT in subject for subject in fleet.subjects()) is marked


def test_a_lease_that_has_not_run_out_must_be_respected(fleet: Fleet) -> None:
    fleet.plant()
    fleet.died(fleet.start("handed_over:kill"))
    fleet.bury()
    fleet.plant()
    other = fleet.start()
    assert wait_for(lambda: len(fleet.told()) == 2)
    (until,) = fleet.leases()  # of the first message, which arrived, as nobody here knows
    assert timedelta(seconds=30) < until - datetime.now(UTC) <= timedelta(seconds=90)
    assert not any(REPEAT in subject for subject in fleet.subjects())
    fleet.let_time_pass()
    assert wait_for(lambda: len(fleet.subjects()) == 3)
    fleet.stop(other)
    assert REPEAT in fleet.subjects()[2]
    assert fleet.subjects()[2].endswith("(ref HN-2026-0001)")


def test_workers_killed_at_random_must_lose_and_double_nothing(fleet: Fleet) -> None:
    fleet.owe_a_digest()
    chance, fleet.cut_off = random.Random(2026), 2
    while fleet.killed < (40 if THOROUGH else 6):
        fleet.plant()
        workers = [fleet.start() for _ in range(3)]
        for worker in workers:
            threading.Event().wait(chance.uniform(0.0, 1.5))
            fleet.kill(worker)
        fleet.bury()
        fleet.let_time_pass()
    last = [fleet.start() for _ in range(2)]
    told = wait_for(lambda: len(fleet.told()) == fleet.planted and fleet.nothing_waits())
    for worker in last:
        fleet.stop(worker)
    assert told
    fleet.check()


def test_workers_must_leave_a_host_its_pause_whoever_asks_it(fleet: Fleet, streets: WebServer) -> None:
    for _ in range(3):
        fleet.plant()
    feeds = [streets.url(f"/feed{number}") for number in range(fleet.planted)]  # all of them on one host
    config = write_config(fleet.folder, *feeds, smtp_ports=(fleet.mailbox.port,), store=fleet.store)
    config.write_text(config.read_text().replace('spacing = "0s"', 'spacing = "3s"'))
    workers = [fleet.zygote.start(config, command="worker") for _ in range(3)]
    done = wait_for(lambda: len(streets.paths()) == fleet.planted)
    for worker in workers:
        fleet.stop(worker)
    assert done
    asked = [one.at for one in streets.asked if one.path != "/robots.txt"]
    assert min(later - earlier for earlier, later in pairwise(asked)) >= 3.0


def test_a_worker_must_serve_every_federation_of_a_folder(fleet: Fleet, streets: WebServer, tmp_path: Path) -> None:
    fleet.plant()
    ours = fleet.config().read_text()
    streets.routes["/theirs"] = post(7).replace(b"Hollybush", b"Brambledown")
    same_host = fleet.feeds()[0].replace("/feed0", "/theirs")
    theirs = ours.replace("Hollybush", "Brambledown").replace(fleet.feeds()[0], same_host)
    folder = tmp_path / "federations"
    folder.mkdir()
    (folder / "ours.toml").write_text(ours)
    (folder / "theirs.toml").write_text(theirs.replace("head@school", "other-head@school"))
    worker = fleet.zygote.start(folder, command="worker")
    told = wait_for(lambda: len(fleet.mailbox.mails) == 2)
    fleet.stop(worker)
    assert told
    by_reader = {mail.recipients[0]: mail for mail in fleet.mailbox.mails}
    assert by_reader["head@school.example"].subject.endswith("(ref HN-2026-0001)")
    assert by_reader["other-head@school.example"].subject.endswith("(ref BN-2026-0001)")
    assert "Brambledown" not in by_reader["head@school.example"].path.read_text()
    assert sorted(one.path for one in streets.asked) == [
        "/feed0",
        "/robots.txt",
        "/theirs",
    ]  # they share a host's rules


@only_in_ci
def test_a_worker_told_to_stop_must_not_wait_for_a_slow_site(fleet: Fleet, streets: WebServer) -> None:
    fleet.plant()
    streets.routes["/feed0"] = Answer(b"late", hang=60)
    worker = fleet.start()
    assert wait_for(lambda: streets.paths() == ["/feed0"])
    fleet.stop(worker)
    assert fleet.queue("SELECT id FROM procrastinate_jobs WHERE status = 'doing'") == []


def worker(place: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["worker", "--config", str(place)])
    assert isinstance(result.exception, Stop | Mendable)
    return getattr(result.exception, "code", 1), str(result.exception)


def test_sqlite_must_be_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    code, said = worker(write_config(tmp_path, smtp_ports=(9,)))
    assert code == 2
    assert "expected postgresql+psycopg://..." in said
    assert "watcher run" in said


def test_a_missing_extra_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgresql_url: str
) -> None:
    monkeypatch.setitem(sys.modules, "procrastinate", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "watcher.tasks", raising=False)
    code, said = worker(write_config(tmp_path, smtp_ports=(9,), store=postgresql_url))
    assert code == 2
    assert "pip install 'nursery-watcher[scale]'" in said


def test_a_database_that_is_away_must_be_said(tmp_path: Path) -> None:
    away = "postgresql+psycopg://watcher@127.0.0.1:9/nothing"
    code, said = worker(write_config(tmp_path, smtp_ports=(9,), store=away))
    assert code == 1
    assert "does not answer" in said


@pytest.mark.parametrize(
    ("stores", "reason"),
    [
        pytest.param((), "found none", id="an empty folder"),
        pytest.param(("postgresql+psycopg://a/b", "postgresql+psycopg://a/c"), "same database", id="two databases"),
        pytest.param(("postgresql+psycopg://a/b",) * 2, "stands in two files", id="one federation twice"),
        pytest.param(("postgresql+psycopg://a/b", "nonsense"), "1.toml [store], url", id="a mistake"),
    ],
)
def test_a_folder_with_a_mistake_must_be_refused(stores: tuple[str, ...], reason: str, tmp_path: Path) -> None:
    for number, store in enumerate(stores):
        write_config(tmp_path, smtp_ports=(9,), store=store).rename(tmp_path / f"{number}.toml")
    code, said = worker(tmp_path)
    assert code == 2
    assert reason in said
