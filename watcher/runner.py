"""How sources are polled: claim what is due, fetch side by side, save each poll in one transaction."""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable
from sources.receipts import Receipt, carriers, receipts
from sources.source import Checked, Fetched, Rechecks, Source, Spends
from watcher.config import Config, SourceSettings
from watcher.failpoints import failpoint
from watcher.pipeline import Pipeline
from watcher.schedule import RECHECK_EVERY, RECHECK_FROM, RECHECK_PAID_EVERY, next_poll, next_try, recheck_due
from watcher.store import Store
from watcher.store.records import CaseRow, Claim, Filed, NewDelivery, Poll, Saved
from watcher.telling import tell

LEASE = timedelta(minutes=10)  #: longer than any poll may take
THREADS = 128  #: they mostly wait
MOST_RECHECKED = 50  #: posts of one source that are looked at for deletions at once
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Polled:
    """What became of one source's poll."""

    source: str
    error: str = ""  #: "" where it succeeded
    new: int = 0  #: items the source had not shown before
    saved: Saved | None = None


@dataclass(frozen=True, slots=True)
class Runner:
    """Polls the sources of one federation."""

    config: Config
    store: Store
    federation_id: int
    sources: Mapping[str, Source]  #: by configured name
    pipeline: Pipeline
    now: Callable[[], datetime]
    jitter: random.Random

    def claim(self, most: int, *, everything: bool = False, name: str = "") -> list[Claim]:
        """Lease sources that are due (or all, due or not), at most `most`; with a name, that one alone."""
        now = self.now()
        claims = self.store.claim_due(self.federation_id, now, LEASE, most, everything=everything, name=name)
        if claims:
            failpoint("after_claim")
        return claims

    def round(self, *, everything: bool = False) -> list[Polled]:
        """Poll every source that is due (or every one) and return what became of each."""
        claims = self.claim(max(len(self.sources), 1), everything=everything)
        waiting = iter(claims)  # shared by all lanes: each takes the next one when it is free
        polled: dict[str, Polled] = {}

        def work() -> None:
            for claim in waiting:
                polled[claim.name] = self.poll(claim)

        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="poll")
        lanes = [pool.submit(work) for _ in range(min(THREADS, len(claims)))]
        wait(lanes)
        # Its threads end by themselves; an idle one has been seen never to hear of the end, which held up all.
        pool.shutdown(wait=False)
        for lane in lanes:
            lane.result()
        return [polled[claim.name] for claim in claims]

    def poll(self, claim: Claim) -> Polled:
        """Fetch one source and save what came, or why nothing came. Raises StoreError alone."""
        try:
            with receipts() as kept:
                fetched = self.sources[claim.name].fetch(claim.cursor)
        except SourceError as error:
            return self._fail(claim, error)
        except Exception as error:  # a fault in one source's code must cost that source one poll, and no other
            log.exception("source is faulty", source=claim.name)
            return self._fail(claim, Malformed(f"this program failed at it: {type(error).__name__}"))
        failpoint("after_fetch")
        checked = self._recheck(claim, fetched.cursor)
        try:
            return self._save(claim, fetched, checked, kept)
        except SourceError as error:  # a judge apart broke down over a text
            return self._fail(claim, error)

    def _recheck(self, claim: Claim, cursor: str) -> Checked | None:
        """Look now and then which posts are gone; None where it was not due or not possible."""
        source = self.sources[claim.name]
        if not claim.has_mentions or not isinstance(source, Rechecks):
            return None
        every = RECHECK_PAID_EVERY if isinstance(source, Spends) else RECHECK_EVERY
        if not recheck_due(self.now(), claim.rechecked_at, every):
            return None
        posts = self.store.posts_to_recheck(claim, MOST_RECHECKED, self.now() - RECHECK_FROM)
        try:
            return source.recheck(posts, cursor) if posts else None
        except SourceError as error:  # what was fetched is saved all the same; the next poll looks again
            log.warning("not rechecked", source=claim.name, kind=kind_of(error), error=str(error))
            return Checked(frozenset(), error.cursor) if error.cursor else None

    def _save(self, claim: Claim, fetched: Fetched, checked: Checked | None, kept: list[Receipt]) -> Polled:
        now = self.now()
        next_due = next_poll(now, self._settings(claim).every, fetched.pause)
        if fetched.unchanged and not fetched.posts and checked is None:
            self.store.unchanged_poll(claim, fetched.cursor, fetched.seen, next_due, now)
            return Polled(claim.name)
        filed = with_receipts(self.pipeline.file(fetched.posts, now), kept)
        failpoint("before_save")
        poll = Poll(
            filed=filed,
            cursor=checked.cursor if checked else fetched.cursor,
            seen=fetched.seen,
            new_items=len(fetched.posts),
            next_due=next_due,
            rechecked=checked is not None,
            gone=fetched.gone | (checked.gone if checked else frozenset()),
            remark=fetched.remark,
            partial=fetched.partial,
        )
        saved = self.store.save_poll(claim, poll, self._tell, now)
        failpoint("after_save")
        log.info("polled", source=claim.name, new=len(fetched.posts), mentions=saved.mentions, alerts=saved.alerts)
        return Polled(claim.name, new=len(fetched.posts), saved=saved)

    def _fail(self, claim: Claim, error: SourceError) -> Polled:
        now = self.now()
        asked = error.retry_after if isinstance(error, RateLimited) else None
        due = next_try(now, self._settings(claim).every, claim.failures + 1, asked, self.jitter)
        self.store.fail_poll(claim, kind_of(error), str(error), due, now, cursor=error.cursor)
        log.warning("source failed", source=claim.name, kind=kind_of(error), error=str(error))
        return Polled(claim.name, error=str(error))

    def _tell(self, case: CaseRow, change: str) -> list[NewDelivery]:
        return tell(self.config.alerts, case, change, self.now())

    def _settings(self, claim: Claim) -> SourceSettings:
        return self.config.source(claim.name)


def with_receipts(filed: Sequence[Filed], kept: Sequence[Receipt]) -> tuple[Filed, ...]:
    """Return mentions with the receipts of the answers they may have come in."""
    return tuple(replace(one, receipts=carriers(one.url, kept)) for one in filed)


def kind_of(error: SourceError) -> str:
    """Return which of the four kinds of failure an error is, by its name."""
    kinds = (Unreachable, RateLimited, Malformed, Refused)
    return next((kind.__name__ for kind in kinds if isinstance(error, kind)), Malformed.__name__)


class Lanes:
    """Polls what is due on threads of its own, each taken up again as soon as it is free.

    A slow or hostile source therefore keeps nobody waiting but itself.
    """

    def __init__(self, runner: Runner, threads: int = THREADS) -> None:
        self._runner = runner
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="poll")
        self._going: set[Future[Polled]] = set()
        self._lock = threading.Lock()

    def fill(self) -> int:
        """Start the polls that are due, as far as threads are free; return how many were started."""
        with self._lock:
            self._going = {poll for poll in self._going if not poll.done()}
            free = self._threads - len(self._going)
        claims = self._runner.claim(free) if free else []
        for claim in claims:
            going = self._pool.submit(self._poll, claim)
            with self._lock:
                self._going.add(going)
        return len(claims)

    def close(self, seconds: float) -> bool:
        """Start nothing more and wait for what is going on; False where it did not end in time."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            going = set(self._going)
        return not wait(going, seconds).not_done

    def _poll(self, claim: Claim) -> Polled:
        try:
            return self._runner.poll(claim)
        except Exception:  # nobody reads this future; the lease runs out and the source is polled again
            log.exception("poll was lost", source=claim.name)
            raise
