"""Drills: the real service, started quickly, killed anywhere and started again, with real servers around it.

What happened is read from the mail server's own record and from the tables.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Select, func, select, update
from watched_school import write_config
from web_server import WebServer, rss

from watcher.demo.mailbox import Mailbox
from watcher.store import open_store
from watcher.store.schema import deliveries, metadata, sources

ROOT = Path(__file__).parent
PATIENCE = 40.0  #: seconds for what must happen soon
REPEAT = "(possible repeat)"

FIRST = ("Kofi", "Ava", "Noah", "Zofia", "Idris", "Maya", "Leo", "Aisha", "Tomasz", "Poppy", "Hana", "Rhys")
LAST = ("Abara", "Birch", "Cole", "Dunne", "Eze", "Frost", "Gill", "Holt", "Iqbal", "Jarvis", "Kerr", "Lowe")


def post(number: int) -> bytes:
    """Return a feed with one post that nobody would leave for Monday, about a child of its own."""
    name = f"{FIRST[number % 12]} {LAST[number // 12 % 12]}"
    said = (
        f"Little {name} in Butterflies at Hollybush Nursery had another epileptic seizure today, "
        f"social services came for {name} because dad is in prison and his mum was drunk"
    )
    return rss((f"post-{number}", f"Day {number}", said))


class Zygote:
    """Starts the service quickly; see drill_zygote.py."""

    def __init__(self) -> None:
        self._living = set[int]()
        path = os.pathsep.join(part or os.getcwd() for part in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "drill_zygote.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip

    def start(self, config: Path, drill: str = "", command: str = "run") -> int:
        """Start a command with a configuration and with failpoints; return the process id."""
        return self._begin(
            drill=drill, folder="", output=f"{config}.log", arguments=[command, "--config", str(config)]
        )

    def call(self, folder: Path, *arguments: str, stdin: str = "") -> tuple[int, str]:
        """Call the program in a folder, wait for its end, and return its exit code and all it said."""
        output = folder / "said.txt"
        output.unlink(missing_ok=True)
        process = self._begin(
            drill="", folder=str(folder), output=str(output), arguments=arguments, stdin=stdin or os.devnull
        )
        return self.ended(process), output.read_text()

    def _begin(self, **how: object) -> int:
        process = self._ask(json.dumps(how))
        self._living.add(process)
        return process

    def ended(self, process: int) -> int:
        """Wait for a service to end; return its exit code, negative for a signal."""
        code = self._ask(f"wait {process}")
        self._living.discard(process)
        return code

    def close(self) -> None:
        for process in self._living:  # of tests that failed
            os.kill(process, signal.SIGKILL)
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()

    def _ask(self, line: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


class Drill:
    """A school with a real feed server and a real mail server, whose service dies again and again."""

    def __init__(self, folder: Path, store: str, web: WebServer, mailbox: Mailbox, zygote: Zygote) -> None:
        self.folder, self.store, self.web, self.mailbox, self.zygote = folder, store, web, mailbox, zygote
        self.planted = 0
        self.killed = 0
        self.cut_off = 1  #: times that one message's acceptance may have been cut off, at most

    def plant(self) -> None:
        """Add a feed with a post that must be told of."""
        self.web.routes[f"/feed{self.planted}"] = post(self.planted)
        self.planted += 1

    def feeds(self) -> list[str]:
        return [self.web.url(f"/feed{number}") for number in range(self.planted)]

    def config(self) -> Path:
        return write_config(self.folder, *self.feeds(), smtp_ports=(self.mailbox.port,), store=self.store)

    def owe_a_digest(self) -> None:
        """Let the school be known for long enough that last week's digest is due."""
        with open_store(self.store) as store:
            long_ago = datetime.now(UTC) - timedelta(days=20)
            store.ensure_federation("Hollybush Nursery School", "HN", long_ago)

    def start(self, drill: str = "", command: str = "run") -> int:
        self.let_time_pass()
        return self.zygote.start(self.config(), drill, command)

    def kill(self, process: int) -> None:
        os.kill(process, signal.SIGKILL)
        assert self.zygote.ended(process) == -signal.SIGKILL
        self.killed += 1

    def died(self, process: int) -> None:
        assert self.zygote.ended(process) == -signal.SIGKILL
        self.killed += 1

    def stop(self, process: int) -> None:
        """Ask the service to end; it must obey within ten seconds."""
        asked = time.monotonic()
        os.kill(process, signal.SIGTERM)
        code = self.zygote.ended(process)
        not_begun = -signal.SIGTERM
        assert code in (0, not_begun), f"ended with {code}: {self.said()[-2000:]}"
        assert time.monotonic() - asked < 10

    def recover(self) -> None:
        """Run the service undisturbed until everything planted has been told."""
        process = self.start()
        waited = wait_for(lambda: len(self.told()) == self.planted and self.nothing_waits())
        self.stop(process)
        assert waited, f"{self.planted} planted, {sorted(self.told())} told"

    def told(self) -> set[str]:
        """Return the references of the cases that mails told of."""
        return {found[0] for subject in self.subjects() if (found := re.search(r"HN-\d{4}-\d{4}", subject))}

    def said(self) -> str:
        """Return all that the service has written to its log."""
        log = Path(f"{self.config()}.log")
        return log.read_text(encoding="utf-8") if log.exists() else ""

    def failures(self) -> int:
        """Return how many lines of the service's log tell that it failed as a drill wanted it."""
        return sum("DrillError" in line for line in self.said().splitlines())

    def subjects(self) -> list[str]:
        return [mail.subject for mail in list(self.mailbox.mails)]

    def nothing_waits(self) -> bool:
        waits = deliveries.c.state.in_(("pending", "sending", "handed"))
        return not self._ask(select(func.count()).select_from(deliveries).where(waits))

    def count(self, table: str) -> int:
        return self._ask(select(func.count()).select_from(metadata.tables[table]))

    def let_time_pass(self) -> None:
        """Let pauses pass, and the leases of dead workers; SQLite's sole process need not wait for those."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        with open_store(self.store) as store, store.writing() as connection:
            connection.execute(update(deliveries).where(deliveries.c.due_at > past).values(due_at=past))
            if not store.sqlite:
                connection.execute(update(deliveries).values(lease_until=past))
                connection.execute(update(sources).values(lease_until=past))

    def _ask(self, query: Select[tuple[int]]) -> int:
        with open_store(self.store) as store, store.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def check(self) -> None:
        """Nothing lost; nothing doubled but once, marked, under the same reference."""
        assert self.count("cases") == self.count("mentions") == len(self.told()) == self.planted
        for subject, times in Counter(self.subjects()).items():
            allowed = self.cut_off if REPEAT in subject else 1
            assert times <= allowed, f"{subject!r} came {times} times"


def wait_for(is_true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_true():
            return True
        threading.Event().wait(0.05)
    return False
