"""How quick the judge is: `python bench/judging.py [posts]`.

Judges invented posts in batches and one by one, beside a keyword list on the same posts, and prints posts per
second of one core, the time for one, and how many times slower than the keyword list that is. Ends by itself.
"""

import statistics
import sys
import time

from threadpoolctl import threadpool_limits

from classifiers.evaluation import keyword_alerts
from classifiers.judge import MODEL, load_judge
from classifiers.records import training_examples

BATCH = 200
SINGLE = 300


def main(count: int) -> None:
    """Judge, print."""
    posts = training_examples()[:count]
    judge = load_judge("balanced", MODEL)
    texts, names = [post.text for post in posts], [post.names for post in posts]
    judge.judge(texts[:BATCH], names[:BATCH])

    started = time.process_time()
    for at in range(0, count, BATCH):
        judge.judge(texts[at : at + BATCH], names[at : at + BATCH])
    judged = count / (time.process_time() - started)

    started = time.process_time()
    keyword_alerts(posts)
    listed = count / (time.process_time() - started)

    singles = []
    for text, name in zip(texts[:SINGLE], names[:SINGLE], strict=True):
        started = time.process_time()
        judge.judge([text], [name])
        singles.append(1000 * (time.process_time() - started))
    print(f"{count} posts in batches of {BATCH}: {judged:,.0f} a second; keyword list {listed:,.0f}")
    print(f"times slower than the keyword list: {listed / judged:.1f}")
    print(f"one post: median {statistics.median(singles):.1f} ms, slowest of twenty {_p95(singles):.1f} ms")


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    with threadpool_limits(limits=1):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
