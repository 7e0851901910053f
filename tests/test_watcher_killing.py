"""Kill the real service anywhere: nothing is lost, and nothing is doubled but what is marked as a possible repeat.

Each drill plants a post in a feed of its own, starts `watcher run` so that it dies or fails at one step, starts it
again, and waits for the mail.
"""

import os
import random
import threading
from pathlib import Path

import pytest
from drills import REPEAT, Drill, Zygote, wait_for
from web_server import WebServer

from watcher.demo.mailbox import Mailbox
from watcher.failpoints import STEPS

THOROUGH = os.environ.get("CI") == "true"
#: Every step; the digest's is passed once in a drill, by the first service that is not stopped there.
DIGEST_FIRST = ("in_digest", *(step for step in STEPS if step != "in_digest"))


@pytest.fixture
def drill(store_url: str, tmp_path: Path, web: WebServer, mailbox: Mailbox, zygote: Zygote) -> Drill:
    prepared = Drill(tmp_path, store_url, web, mailbox, zygote)
    prepared.owe_a_digest()
    return prepared


def test_a_service_that_dies_at_any_step_must_lose_and_double_nothing(drill: Drill) -> None:
    for step in DIGEST_FIRST:
        drill.plant()
        drill.died(drill.start(f"{step}:kill"))
        drill.recover()
    for step in ("after_lease", "before_send", "handed_over", "after_send"):
        drill.plant()
        drill.died(drill.start(f"{step}:kill"))
        drill.cut_off = 2
        drill.died(drill.start(f"{step}:kill"))  # a second time at the same place
        drill.recover()
    drill.check()
    assert any(REPEAT in subject for subject in drill.subjects())
    assert drill.killed == len(STEPS) + 8


@pytest.mark.skipif(not THOROUGH, reason="dying shows most of it; CI fails too")
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_service_that_fails_at_any_step_must_lose_and_double_nothing(drill: Drill) -> None:
    for step in DIGEST_FIRST:
        drill.plant()
        before = drill.failures()
        process = drill.start(f"{step}:raise")
        failed = wait_for(lambda: drill.failures() > before)  # noqa: B023  # it is asked in this very turn
        wait_for(lambda: len(drill.told()) == drill.planted, 1.0)
        drill.stop(process)
        assert failed, step
        drill.recover()
    drill.check()


def test_a_service_killed_at_random_must_lose_and_double_nothing(drill: Drill) -> None:
    chance, drill.cut_off = random.Random(2026), 2
    kills = {"sqlite": 90, "postgresql": 20} if THOROUGH else {"sqlite": 20, "postgresql": 10}
    while drill.killed < kills[drill.store.partition(":")[0].partition("+")[0]]:
        drill.plant()
        for _ in range(10):
            process = drill.start()
            threading.Event().wait(chance.uniform(0.0, 0.6))
            drill.kill(process)
        drill.recover()
    drill.check()
