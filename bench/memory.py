"""What `watcher run` holds in memory, and how soon `watcher --help` answers.

One federation with 20 feeds on loopback. First the service as it is, idle after its first polls; then the same
service with a pause of one second between polls and now and then a new entry, from the 200th poll to the last.

    python bench/memory.py [polls]
"""

import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from polling import CONFIG, addresses, farm, wait_until_asked

SOURCES = 20
WARM = 200  #: polls after which memory should grow no more
SETTLED = 5.0  #: seconds after the last poll in which the service comes to rest
WATCHER = str(Path(sys.executable).with_name("watcher"))


def resident(process: int) -> float:
    """Return the resident memory of a process, in MiB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def tree(process: int) -> list[int]:
    """Return a process and everything below it."""
    lists = [(thread / "children").read_text() for thread in Path(f"/proc/{process}/task").iterdir()]
    return [process, *(below for child in " ".join(lists).split() for below in tree(int(child)))]


def report(moment: str, process: int) -> None:
    """Print one line."""
    each = [resident(one) for one in tree(process)]
    print(f"{moment:28} main process {each[0]:6.0f} MiB   whole tree {sum(each):6.0f} MiB   {len(each)} processes")


@contextmanager
def service(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the service; yield its process."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def keep_asking(port: int, before: int, polls: int) -> None:
    """Wait until the feeds were asked so often; let them grow at every other poll of each."""
    for times in range(before, polls, 2 * SOURCES):
        wait_until_asked(port, times)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/grow").close()
    wait_until_asked(port, polls)


def come_to_rest(process: subprocess.Popen[bytes]) -> None:
    """Let the last poll end and let go of what it held. Raises RuntimeError where the service ends meanwhile."""
    with suppress(subprocess.TimeoutExpired):
        raise RuntimeError(f"the service ended with {process.wait(SETTLED)}")


def measure_memory(polls: int) -> None:
    """Run the service twice."""
    with tempfile.TemporaryDirectory() as folder, farm() as port:
        config = write_config(Path(folder), port)
        with service(WATCHER, "run", "--config", str(config)) as process:
            wait_until_asked(port, SOURCES)
            come_to_rest(process)
            report("idle", process.pid)
    with tempfile.TemporaryDirectory() as folder, farm() as port:
        config = write_config(Path(folder), port)
        with service(sys.executable, __file__, "serve", str(config)) as process:
            for before, count in pairwise((0, WARM, polls // 2, polls)):
                keep_asking(port, before, count)
                report(f"after {count} polls", process.pid)


def write_config(folder: Path, port: int) -> Path:
    """Write a configuration of feeds."""
    sources = "".join(
        f'[[source]]\nkind = "feed"\nname = "feed {number}"\nurl = "{url}"\n'
        for number, url in enumerate(addresses(port, SOURCES))
    )
    config = folder / "config.toml"
    config.write_text(CONFIG + '[review]\nlisten = "127.0.0.1:0"\n' + sources)
    return config


def serve(path: str) -> None:
    """Run the service, its sources a second apart, which no configuration allows."""
    from watcher.assembly import assembled
    from watcher.config import load
    from watcher.logs import log_to_stderr
    from watcher.service import Service

    log_to_stderr()
    config = load(Path(path))
    hasty = tuple(replace(source, every=timedelta(seconds=1)) for source in config.sources)
    with assembled(replace(config, sources=hasty), lasting=True) as parts:
        Service(parts).run()


def measure_help() -> None:
    """Time the start of a command beside that of Python and of the library that reads command lines."""
    for command in ((sys.executable, "-c", "pass"), (sys.executable, "-c", "import typer"), (WATCHER, "--help")):
        taken = []
        for _ in range(7):
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            taken.append(time.perf_counter() - began)
        print(f"{' '.join(Path(word).name for word in command):28} {statistics.median(taken):.2f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    else:
        measure_help()
        measure_memory(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
