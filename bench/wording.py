"""Do names or judging words leave the house? `python bench/wording.py [alerts]`, 10,000 by default.

Judges, saves and renders invented posts with planted names as alerts, in one process and without a network, and
searches subject, preview, text, HTML, card and log lines of each. Prints what it found; exits 1 where that is any.
"""

import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from planted_posts import Finding, findings, in_log, planted, send_out
from watched_school import write_config

from watcher.assembly import assembled
from watcher.config import load
from watcher.messages import Message

AT_ONCE = 100  #: alerts in one poll
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def main(count: int) -> int:
    """Send, search, print; return the exit code."""
    posts, began = list(planted(count)), time.perf_counter()
    sent: list[tuple[str, Message]] = []
    logs: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = write_config(Path(folder), "http://127.0.0.1:9/", smtp_ports=(9,))
        with assembled(load(path, {}), lambda: NOW) as parts:
            for at in range(0, count, AT_ONCE):
                some, lines = send_out(parts, posts[at : at + AT_ONCE], NOW, per_hour=10 * count)
                sent += some
                logs += lines
    found: list[Finding] = []
    for reference, message in sent:
        found += findings(posts[int(reference.rpartition("-")[2]) - 1].names, message)
    everybody = {name.lower() for post in posts for name in post.names}
    found += [one for line in logs for one in in_log(line, everybody)]
    print(f"{len(sent)} alerts, {len(logs)} log lines, {time.perf_counter() - began:.0f} s")
    print(f"found: {len(found)}", dict(Counter(one.part for one in found)))
    for one in found[:20]:
        print(f"  {one.part}: {one.word} in {one.context!r}")
    return int(bool(found) or len(sent) != count)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
