"""Whether the time of a refusal tells who has an account: `python bench/signin.py [tries]`.

Signs in with a wrong password as somebody known, as nobody, and as somebody invited who has not joined, in turns;
prints the median and the 95th percentile of each in milliseconds, and the median of the processor's time, which
other work on the computer does not blur; then the same for tries that the throttle turns away. Ends with 1 where
the medians differ by 10 ms or more.
"""

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from review_page import Page, review_page

from watcher.review.accounts import Accounts, Attempt, NotSignedIn
from watcher.review.doors import open_accounts

WHO = {"known": "head@school.example", "nobody": "nobody@school.example", "invited": "late@school.example"}
MOST_APART = 10.0  #: milliseconds between two medians


def main(tries: int) -> bool:
    """Try, print, and tell whether the medians are close enough."""
    with (
        tempfile.TemporaryDirectory() as folder,
        review_page(Path(folder), datetime(2026, 11, 24, tzinfo=UTC)) as page,
    ):
        page.add("head")
        accounts = open_accounts(page.parts)
        accounts.invite("Late", WHO["invited"], "dsl", "bench")
        looked_at = compared("looked at", page, accounts, tries, timedelta(minutes=5))
        turned_away = compared("turned away", page, accounts, tries, timedelta(0))
    return looked_at and turned_away


def compared(title: str, page: Page, accounts: Accounts, tries: int, pause: timedelta) -> bool:
    """Measure every kind of person in turns, `pause` of the page's own time apart."""
    times: dict[str, list[tuple[float, float]]] = {kind: [] for kind in WHO}
    for _ in range(tries):
        page.clock.now += pause
        for kind, email in WHO.items():
            times[kind].append(refused(accounts, email))
    medians = [told(f"{title:12} {kind:8}", taken) for kind, taken in times.items()]
    return max(medians) - min(medians) < MOST_APART


def told(title: str, taken: list[tuple[float, float]]) -> float:
    """Print what one kind of person waited; return the median."""
    waited, worked = zip(*taken, strict=True)
    median = statistics.median(waited)
    late = statistics.quantiles(waited, n=20)[-1]
    print(f"{title} median {median:7.2f} ms, p95 {late:7.2f} ms, processor {statistics.median(worked):7.2f} ms")
    return median


def refused(accounts: Accounts, email: str) -> tuple[float, float]:
    """Return how many milliseconds a refusal takes, by the clock and of the processor."""
    start, worked = time.perf_counter(), time.process_time()
    try:
        accounts.sign_in(Attempt(email, "a wrong password", "000000", "198.51.100.7", device=""))
    except NotSignedIn:
        return (time.perf_counter() - start) * 1000, (time.process_time() - worked) * 1000
    raise AssertionError("a wrong password got in")


if __name__ == "__main__":
    sys.exit(not main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
