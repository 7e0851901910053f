"""Feeds polled per second, beside the `reader` library with 20 workers, in one run on one farm of feeds.

Three phases: the first fetch, unchanged feeds, one new entry each. Ours is the whole way of a poll: lease,
robots.txt, fetch, parse in the bounded children, match, save with the cursor. Each competitor has a process and a
farm of its own, so that neither finds what the other warmed up.

    pip install -e '.[bench]' && python bench/polling.py [feeds] [runs]
"""

import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

PHASES = ("first fetch", "unchanged", "one new entry")
ENTRIES = 20
CONFIG = """
[federation]
name = "Hollybush Nursery School"
places = ["Netherbrook"]
[[federation.school]]
name = "Hollybush Nursery School"
[network]
allow = ["127.0.0.0/8"]
spacing = "0s"
[store]
url = "sqlite:///watcher.db"
[[alerts.channel]]
name = "head"
url = "mailto://127.0.0.1:9/?from=a@school.example&to=b@school.example"
"""


@dataclass(frozen=True)
class Result:
    """How one competitor fared."""

    seconds: tuple[float, ...]  #: of each phase
    cpu_seconds: float  #: of all phases, opening and closing included, in its process and its children


def addresses(port: int, feeds: int) -> list[str]:
    """Return the feeds of a farm, each on a loopback address of its own, so that no host's politeness decides."""
    return [f"http://127.1.{number // 250}.{number % 250 + 1}:{port}/feed" for number in range(feeds)]


def three_phases(port: int, poll: Callable[[], None]) -> tuple[float, ...]:
    """Return the seconds of each phase."""
    return tuple(seconds_of(phase, port, poll) for phase in PHASES)


def seconds_of(phase: str, port: int, poll: Callable[[], None]) -> float:
    """Return the seconds of one phase."""
    if phase == "one new entry":
        urllib.request.urlopen(f"http://127.0.0.1:{port}/grow").close()  # our own farm
    began = time.perf_counter()
    poll()
    return time.perf_counter() - began


def reader(port: int, feeds: int, folder: Path) -> tuple[float, ...]:
    """Poll with the library."""
    from reader import make_reader

    library = make_reader(str(folder / "reader.db"))
    for url in addresses(port, feeds):
        library.add_feed(url)
    seconds = three_phases(port, lambda: library.update_feeds(scheduled=False, workers=20))
    assert library.get_entry_counts().total == feeds * (ENTRIES + 1)
    return seconds


def watcher(port: int, feeds: int, folder: Path) -> tuple[float, ...]:
    """Poll as `watcher poll` does, its log going into a file."""
    from watcher.assembly import assembled
    from watcher.config import load
    from watcher.logs import log_to_stderr

    config = folder / "config.toml"
    config.write_text(CONFIG + "".join(_source(number, url) for number, url in enumerate(addresses(port, feeds))))
    new: list[int] = []
    with (folder / "log").open("w") as log, redirect_stderr(log):
        log_to_stderr()
        with assembled(load(config)) as parts:

            def poll() -> None:
                polled = parts.runner.round(everything=True)
                assert not [each.error for each in polled if each.error]
                new.append(sum(each.new for each in polled))

            seconds = three_phases(port, poll)
    assert new == [feeds * ENTRIES, 0, feeds], new
    return seconds


def _source(number: int, url: str) -> str:
    return f'[[source]]\nkind = "feed"\nname = "feed {number}"\nurl = "{url}"\n'


COMPETITORS = {"reader": reader, "watcher": watcher}


def compete(who: str, feeds: int) -> Result:
    """Let one competitor run, in this process."""
    with farm() as port, tempfile.TemporaryDirectory() as folder:
        before = _cpu_seconds(resource.RUSAGE_SELF)
        seconds = COMPETITORS[who](port, feeds, Path(folder))
        cpu_seconds = _cpu_seconds(resource.RUSAGE_SELF) - before + _cpu_seconds(resource.RUSAGE_CHILDREN)
    return Result(seconds, cpu_seconds)


def _cpu_seconds(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def wait_until_asked(port: int, times: int) -> None:
    """Wait until the feeds of a farm were asked so often."""
    urllib.request.urlopen(f"http://127.0.0.1:{port}/asked/{times}").close()


@contextmanager
def farm() -> Iterator[int]:
    """Run the farm of feeds in a process of its own; yield its port."""
    script = Path(__file__).with_name("farm.py")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def apart(who: str, feeds: int) -> Result:
    """Let one competitor run in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(compete, who, feeds).result()


def main(feeds: int, runs: int) -> None:
    """Run and print."""
    for _ in range(runs):
        theirs, ours = apart("reader", feeds), apart("watcher", feeds)
        print(f"{feeds} feeds, {'reader':>24}{'watcher':>10}{'ratio':>8}")
        for phase, their, our in zip(PHASES, theirs.seconds, ours.seconds, strict=True):
            print(f"{phase:14} feeds/s {feeds / their:13.0f}{feeds / our:10.0f}{their / our:8.1f}")
        print(f"{'in all':14} CPU s   {theirs.cpu_seconds:13.1f}{ours.cpu_seconds:10.1f}")


if __name__ == "__main__":
    given = [int(value) for value in sys.argv[1:3]]
    main(*given, *(500, 1)[len(given) :])
