"""How quick the review page is with a full store: `python bench/page.py [mentions] [cases]`.

Fills a new SQLite store with made-up mentions and cases, asks each page of a signed-in head fifty times, and prints
the median and the 95th percentile of the time until the whole answer was there. Ends by itself.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from review_page import BASE, Page, a_post, review_page, token_of
from sqlalchemy import insert, select

from watcher.store.schema import cases, judgements, mentions, versions

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TIMES = 50


def main(mention_count: int, case_count: int) -> None:
    """Fill, ask, print."""
    with tempfile.TemporaryDirectory() as folder, review_page(Path(folder), NOW) as page:
        page.save(a_post())
        fill(page, mention_count, case_count)
        head = page.signed_in("head")
        case = f"/cases/{page.parts.store.cases(page.parts.federation_id)[0].reference}"
        form = {"data": {"token": token_of(head.get(case).text)}, "headers": {"Origin": BASE}}
        print(f"{mention_count} mentions, {case_count} cases, {TIMES} times each")
        for path in ("/cases", "/cases?page=100", "/cases?state=all&source=feed 0", case, "/sources", "/held"):
            report(path, partial(head.get, path))
        report("show text", partial(head.post, f"{case}/text", **form))


def fill(page: Page, mention_count: int, case_count: int) -> None:
    """Copy the one mention and its case many times, straight into the tables."""
    with page.parts.store.writing() as connection:
        mention, judgement, version, case = (
            dict(connection.execute(select(table)).one()._mapping)
            for table in (mentions, judgements, versions, cases)
        )
        for batch in batches(range(2, case_count + 1)):
            rows = [case | {"id": n, "reference": f"HN-2026-{n:05}"} for n in batch]
            connection.execute(insert(cases), rows)
        for batch in batches(range(2, mention_count + 1)):
            connection.execute(insert(mentions), [mention | differences(n, case_count) for n in batch])
            connection.execute(insert(judgements), [judgement | {"id": n, "mention_id": n} for n in batch])
            connection.execute(insert(versions), [version | {"id": n, "mention_id": n} for n in batch])


def differences(number: int, case_count: int) -> dict[str, object]:
    """Return what tells one mention from another: two belong to each case, the rest are quiet."""
    in_case = number <= case_count * 2
    return {
        "id": number,
        "post_id": f"p{number}",
        "case_id": number % case_count + 1 if in_case else None,
        "decision": "alert" if in_case else "quiet",
        "canonical_url": f"x/{number}",
        "fingerprint": str(number),
    }


def batches(numbers: range) -> Iterator[range]:
    """Cut a range into parts of five thousand."""
    for start in range(0, len(numbers), 5000):
        yield numbers[start : start + 5000]


def report(name: str, ask: Callable[[], Any]) -> None:
    """Ask many times and print one line."""
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        assert ask().status_code == 200
        took.append((time.perf_counter() - began) * 1000)
    slow = statistics.quantiles(took, n=20)[-1]
    print(f"{name:36} median {statistics.median(took):6.1f} ms   p95 {slow:6.1f} ms")


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:3] or ("100000", "5000")))
