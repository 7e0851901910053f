"""What a load balancer, a Prometheus server and systemd see of the running service, well and unwell."""

import email
import email.policy
import json
import shutil
import socket
import tempfile
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from drills import wait_for
from mail_servers import scripted, serving
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text, update
from watched_school import grave, write_config
from web_server import WebServer, rss

from watcher.assembly import Parts, assembled
from watcher.config import load
from watcher.demo.mailbox import Mailbox
from watcher.service import Service
from watcher.store.records import NewDelivery
from watcher.store.schema import deliveries, sources

MINUTE = timedelta(minutes=1)


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Running:
    """A service that runs, with its clock and its address."""

    service: Service
    clock: Clock
    port: int

    @property
    def parts(self) -> Parts:
        return self.service.parts

    def ask(self, path: str) -> tuple[int, str]:
        """Ask as a load balancer or Prometheus does."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def round_ended(self, name: str) -> bool:
        """Tell whether a duty has ended a round since the clock was moved."""
        return next(duty for duty in self.service.duties if duty.name == name).last_round == self.clock.now

    def health(self) -> tuple[int, Any]:
        code, body = self.ask("/healthz")
        return code, json.loads(body)

    def figures(self) -> dict[tuple[str, ...], float]:
        """Read /metrics as a Prometheus server does: name with label values -> value."""
        _, body = self.ask("/metrics")
        families = text_string_to_metric_families(body)
        return {
            (sample.name, *sample.labels.values()): sample.value for each in families for sample in each.samples
        }


@contextmanager
def running(config: Path, clock: Clock, **how: bool) -> Iterator[Running]:
    loaded = load(config, {})
    with assembled(loaded, clock) as parts:
        service = Service(parts, beat=0.05, **how)
        thread = threading.Thread(target=service.serve)
        thread.start()
        try:
            seen = Running(service, clock, loaded.review.port)
            assert wait_for(lambda: answers(loaded.review.port))
            yield seen
        finally:
            service.stopping.set()
            thread.join()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


def test_a_service_that_is_well_must_say_so(web: WebServer, mailbox: Mailbox, clock: Clock, tmp_path: Path) -> None:
    web.routes["/feed"] = rss(("1", "Carnival", grave("Kofi")))
    web.routes["/switch"] = b"thanks"
    more = f'[health]\nping = "{web.url("/switch")}"\n'
    config = write_config(tmp_path, web.url("/feed"), smtp_ports=(mailbox.port,), port=free_port(), more=more)
    with running(config, clock) as service:
        assert wait_for(lambda: len(mailbox.mails) == 1 and "/switch" in web.paths())
        assert wait_for(lambda: ("watcher_deliveries", "sent") in service.figures())
        assert service.figures()["watcher_oldest_unsent_seconds",] == 0
        assert service.health() == (200, {"status": "ok", "stalled": [], "blind_sources": 0})
        figures = service.figures()
    assert figures["watcher_source_failures", "feed 0"] == 0
    assert figures["watcher_source_last_success_seconds", "feed 0"] == clock.now.timestamp()
    assert figures["watcher_deliveries", "sent"] == 1
    assert figures["watcher_mentions", "alert"] == figures["watcher_cases", "open"] == 1
    assert figures["watcher_overdue", "sources"] == figures["watcher_overdue", "messages"] == 0


def test_a_source_that_fails_must_show_but_not_take_the_service_down(
    web: WebServer, mailbox: Mailbox, clock: Clock, tmp_path: Path
) -> None:
    config = write_config(tmp_path, web.url("/gone"), smtp_ports=(mailbox.port,), port=free_port())
    config.write_text(config.read_text().replace('"feed 0"', r'"The \"Gazette\" \\ news"'))
    with running(config, clock) as service:
        failures = ("watcher_source_failures", 'The "Gazette" \\ news')
        assert wait_for(lambda: service.figures().get(failures) == 1)
        assert service.figures()["watcher_source_last_success_seconds", failures[1]] == 0
        assert service.health() == (200, {"status": "ok", "stalled": [], "blind_sources": 1})


class Systemd:
    """The socket that systemd gives a service."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)

    def hear(self, seconds: float) -> str:
        """Return the next word, or "" where none comes in time."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(100).decode()
        except TimeoutError:
            return ""

    def hear_all(self) -> None:
        """Take what has been said so far."""
        self._socket.setblocking(False)
        with suppress(BlockingIOError):
            while self._socket.recv(100):
                pass

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["a path", "an abstract name"])
def systemd(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    folder = tempfile.mkdtemp()  # a socket's path must be short
    address = f"{folder}/notify" if request.param == "a path" else f"@watcher-test-{uuid.uuid4().hex}"
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    listening = Systemd(address)
    yield listening
    listening.close()
    shutil.rmtree(folder)


def test_systemd_must_hear_of_start_life_and_end(systemd: Systemd, clock: Clock, tmp_path: Path) -> None:
    with running(write_config(tmp_path, smtp_ports=(9,), port=free_port()), clock):
        assert systemd.hear(20) == "READY=1"
        assert {systemd.hear(5) for _ in range(3)} == {"WATCHDOG=1"}
        systemd.hear_all()
    heard = [systemd.hear(0.5) for _ in range(3)]
    assert "STOPPING=1" in heard
    assert heard[-1] == ""


@pytest.mark.parametrize("systemd", ["a path"], indirect=True)
def test_a_loop_that_hangs_must_silence_the_watchdog_and_fail_the_health_check(
    systemd: Systemd, web: WebServer, clock: Clock, tmp_path: Path
) -> None:
    web.routes["/feed"] = rss(("1", "Carnival", grave("Kofi")))
    with ExitStack() as opened:
        hanging = ExitStack()
        port = hanging.enter_context(serving(scripted(("EHLO", "hang"))))
        opened.enter_context(hanging)
        config = write_config(tmp_path, web.url("/feed"), smtp_ports=(port,), port=free_port())
        service = opened.enter_context(running(config, clock))
        assert wait_for(lambda: service.figures().get(("watcher_deliveries", "sending")) == 1)
        clock.now += 4 * MINUTE
        assert wait_for(lambda: service.service.standing_still() == ["delivery"])
        systemd.hear_all()
        assert systemd.hear(0.5) == ""
        assert service.health() == (503, {"status": "stalled", "stalled": ["delivery"], "blind_sources": 0})
        hanging.close()  # the mail server ends, and with it what held the loop
        assert systemd.hear(10) == "WATCHDOG=1"
        assert wait_for(lambda: service.health()[0] == 200)


def test_work_that_nobody_takes_up_must_fail_the_health_check(clock: Clock, tmp_path: Path) -> None:
    config = write_config(tmp_path, "http://127.0.0.1:9/feed", smtp_ports=(9,), port=free_port())
    with running(config, clock, page_only=True) as page:
        wanted = NewDelivery("head", "test", "t:1", {}, 3, clock.now)
        page.parts.store.add_deliveries(page.parts.federation_id, [wanted], clock.now)
        clock.now += 14 * MINUTE
        assert page.health()[0] == 200
        clock.now += 2 * MINUTE
        assert page.health() == (
            503,
            {"status": "stalled", "stalled": ["overdue sources", "overdue messages"], "blind_sources": 0},
        )
        figures = page.figures()
        assert figures["watcher_overdue", "sources"] == figures["watcher_overdue", "messages"] == 1
        assert figures["watcher_oldest_unsent_seconds",] == 0  # nobody has tried
        with page.parts.store.writing() as connection:  # a worker takes both up
            soon = clock.now + MINUTE
            connection.execute(update(sources).values(lease_until=soon))
            connection.execute(update(deliveries).values(state="sending", lease_until=soon))
        assert page.health()[0] == 200


def test_a_mail_server_that_is_away_must_show_as_unsent_and_not_as_overdue(
    web: WebServer, clock: Clock, tmp_path: Path
) -> None:
    web.routes["/feed"] = rss(("1", "Carnival", grave("Kofi")))
    config = write_config(tmp_path, web.url("/feed"), smtp_ports=(9,), port=free_port())
    with running(config, clock) as service:
        assert wait_for(lambda: bool(service.parts.store.delivery_problems(1)))
        clock.now += 20 * MINUTE
        assert wait_for(lambda: service.figures()["watcher_overdue", "messages"] == 0)  # it was tried again
        assert service.figures()["watcher_oldest_unsent_seconds",] == 20 * 60
        assert wait_for(lambda: service.figures().get(("watcher_deliveries", "pending")) == 1)


def test_a_database_that_is_gone_must_fail_the_health_check(clock: Clock, tmp_path: Path) -> None:
    config = write_config(tmp_path, smtp_ports=(9,), port=free_port())
    with running(config, clock, page_only=True) as page:
        with page.parts.store.writing() as connection:
            connection.execute(text("ALTER TABLE sources RENAME TO elsewhere"))
        assert page.health() == (503, {"status": "no database"})
        with page.parts.store.writing() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO sources"))


def test_a_mail_server_that_takes_mails_and_never_answers_must_get_two_and_no_third(
    web: WebServer, clock: Clock, tmp_path: Path
) -> None:
    web.routes["/feed"] = rss(("1", "Carnival", grave("Kofi")))
    server = scripted(("body", "drop"))
    with serving(server) as port:
        config = write_config(tmp_path, web.url("/feed"), smtp_ports=(port,), port=free_port())
        with running(config, clock) as service:
            assert wait_for(lambda: len(server.taken) == 1)
            assert wait_for(lambda: service.figures().get(("watcher_deliveries", "pending")) == 1)
            clock.now += MINUTE
            assert wait_for(lambda: service.figures().get(("watcher_deliveries", "ambiguous")) == 1)
            for _ in range(3):
                clock.now += timedelta(hours=9)
                assert wait_for(lambda: service.round_ended("delivery"))
    first, second = (email.message_from_bytes(mail, policy=email.policy.default) for mail in server.taken)
    assert "(possible repeat)" not in first["Subject"]
    assert "(possible repeat)" in second["Subject"]
    assert first["X-Watcher-Reference"] == second["X-Watcher-Reference"] == "HN-2026-0001"
    assert "(ref HN-2026-0001)" in first["Subject"]
    assert "(ref HN-2026-0001)" in second["Subject"]
