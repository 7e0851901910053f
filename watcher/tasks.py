"""Many workers on PostgreSQL. The queue only says that work exists; the tables say what is true.

Every few seconds one of the workers looks into the tables and defers a job for each thing that is due. Whoever gets
a job claims the thing in the tables, as one process alone does, with the same leases and the same steps. A job that
is lost, late, doubled or left behind by a dead worker therefore changes nothing: what it stood for is still due in
the tables and is deferred again. So no job is ever retried, and none is kept.
"""

import asyncio
import hashlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager

from watcher.assembly import Clock, Parts
from watcher.housekeeping import keep_house
from watcher.lifesign import give_sign
from watcher.mendable import Mendable
from watcher.service import STOP_WITHIN, tell_systemd
from watcher.store import Store

LOOK = "* * * * * */5"  #: when somebody looks for work; the last field is seconds
HOUSE = "* * * * *"  #: when every federation's house is kept
DEAD_AFTER = 30.0  #: seconds without a heartbeat; there are three in that time
MOST_AT_ONCE = 500  #: sources that one look defers
POLLS, TELLS = 24, 8  #: jobs that a worker does side by side; messages never wait behind polls
LONGEST_IDLE = 1.0  #: seconds until a job is found that waited for another of its host
HANGS_AFTER = 900.0  #: seconds, longer than any job may take
Result = TypeVar("Result")
log = structlog.get_logger()


class QueueLost(Mendable):
    """A worker had to end, because the queue or its database did."""


@dataclass(frozen=True, slots=True)
class Work:
    """What jobs do. Each may be done twice, or by two workers at once."""

    parts: Mapping[int, Parts]  #: by the federation's id
    store: Store
    now: Clock

    def poll(self, federation: int, source: str) -> bool:
        """Poll a source if it is still due; True where somebody must be told of what came."""
        parts = self.parts[federation]
        if source not in parts.sources:
            return False  # this worker has an older configuration than the one who enrolled it
        polled = [parts.runner.poll(claim) for claim in parts.runner.claim(1, name=source)]
        return any(one.saved.alerts for one in polled if one.saved)

    def pause(self, federation: int) -> float:
        """Return the seconds that a host is left alone between two polls."""
        return self.parts[federation].config.network.spacing.total_seconds()

    def tell(self, federation: int) -> None:
        """Send what is due for a federation."""
        self.parts[federation].outbox.deliver()

    def keep_house(self, federation: int) -> None:
        """Do what a federation needs now and then; a second channel takes over where the first is silent."""
        keep_house(self.parts[federation])
        self.tell(federation)
        give_sign(self.parts[federation])


class Hands:
    """Threads for work that would hold up the loop."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="job")
        self._began: dict[Future[Any], float] = {}

    async def do(self, work: Callable[..., Result], *args: object) -> Result:
        """Call a function on a thread and return what it returns."""
        going = self._pool.submit(work, *args)
        self._began[going] = time.monotonic()
        try:
            return await asyncio.wrap_future(going)
        finally:
            if going.done():
                del self._began[going]

    def hang(self) -> bool:
        """Tell whether something takes longer than anything may."""
        now = time.monotonic()
        return any(now - began > HANGS_AFTER for going, began in self._began.items() if not going.done())

    def rest(self, seconds: float) -> bool:
        """Take nothing more and wait for what is going on; False where it did not end in time."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        return not wait(self._began, seconds).not_done


class Worker:
    """Takes jobs for its federations until told to stop, and like every worker looks for what is due."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._hands = Hands(POLLS + TELLS + 4)
        self._app = App(connector=_connector(work.store))
        self._app.task(name="poll")(self.poll)
        self._app.task(name="tell")(self.tell)
        self._app.task(name="keep_house")(self.keep_house)
        for name, when, task in (("look", LOOK, self.look), ("house", HOUSE, self.house)):
            self._app.periodic(cron=when)(self._app.task(name=name, queue="look", queueing_lock=name)(task))

    def run(self) -> None:
        """Work until SIGTERM or SIGINT. Raises QueueLost."""
        asyncio.run(self._serve())
        if not self._hands.rest(STOP_WITHIN / 2):
            # Whatever is unfinished has not moved a cursor; others take it up when its lease runs out.
            log.warning("stopped with unfinished work")
            os._exit(0)
        log.info("worker stopped")

    async def look(self, timestamp: int) -> None:
        """Let go of dead workers' jobs, then defer what the tables say is due."""
        await self._bury()
        now = self._work.now()
        for source in await self._hands.do(self._work.store.due_sources, now, MOST_AT_ONCE):
            host = urlsplit(source.address).hostname or source.kind  # one at a time, whichever worker asks
            await self._defer("poll", host, federation=source.federation_id, source=source.name)
        for federation in await self._hands.do(self._work.store.due_to_tell, now):
            await self._defer("tell", f"tell {federation}", federation=federation)

    async def house(self, timestamp: int) -> None:
        """Defer every federation's housekeeping; the tables tell what of it is due."""
        for federation in await self._hands.do(self._work.store.federation_ids):
            await self._defer("keep_house", f"tell {federation}", federation=federation)

    async def poll(self, federation: int, source: str) -> None:
        """Poll a source, and have told at once what cannot wait. Its host is nobody's until it had its pause."""
        if await self._do(self._work.poll, federation, source):
            await self._defer("tell", f"tell {federation}", federation=federation)
        await asyncio.sleep(self._work.pause(federation))

    async def tell(self, federation: int) -> None:
        """Send what is due for a federation."""
        await self._do(self._work.tell, federation)

    async def keep_house(self, federation: int) -> None:
        """Keep a federation's house."""
        await self._do(self._work.keep_house, federation)

    async def _do(self, work: Callable[..., Result], *args: object) -> Result | None:
        try:
            return await self._hands.do(work, *args)
        except Exception:  # a worker must outlive whatever goes wrong in one job; the tables still have it as due
            log.exception("job failed", job=work.__name__)
            return None

    async def _defer(self, task: str, lock: str | None, **named: int | str) -> None:
        queue = _queue(task, int(named["federation"]))
        waiting = " ".join(map(str, (task, *named.values())))
        with suppress(AlreadyEnqueued):
            await self._app.configure_task(task, queue=queue, lock=lock, queueing_lock=waiting).defer_async(**named)

    async def _bury(self) -> None:
        for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER):
            log.warning("a worker died at its job", job=job.task_name, **job.task_kwargs)
            await self._app.job_manager.finish_job(job, Status.FAILED, delete_job=True)

    async def _serve(self) -> None:
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        async with self._app.open_async():
            polls = [_queue("poll", federation) for federation in self._work.parts]
            tells = [_queue("tell", federation) for federation in self._work.parts]
            takers = [self._take("polls", polls, POLLS), self._take("tells", ["look", *tells], TELLS)]
            log.info("worker started", federations=len(self._work.parts))
            tell_systemd("READY=1")
            lost = await self._stay(stopping, takers)
            tell_systemd("STOPPING=1")
            for taker in takers:
                taker.cancel()
            ends = await asyncio.gather(*takers, return_exceptions=True)
        if lost:
            errors = [str(end) for end in ends if isinstance(end, Exception)]
            raise QueueLost(f"the queue was lost: {', '.join(errors) or 'the log tells why'}")

    async def _stay(self, stopping: asyncio.Event, takers: list[asyncio.Task[None]]) -> bool:
        """Stay until told to stop; True where a taker ended by itself before that."""
        told = asyncio.create_task(stopping.wait())
        while not told.done():
            done, _ = await asyncio.wait([told, *takers], timeout=10.0, return_when=asyncio.FIRST_COMPLETED)
            if done:
                break
            if not self._hands.hang():
                tell_systemd("WATCHDOG=1")
        told.cancel()
        return not stopping.is_set()

    def _take(self, name: str, queues: list[str], side_by_side: int) -> asyncio.Task[None]:
        working = self._app.run_worker_async(
            name=name,
            queues=queues,
            concurrency=side_by_side,
            fetch_job_polling_interval=LONGEST_IDLE,
            delete_jobs="always",
            stalled_worker_timeout=DEAD_AFTER,
            shutdown_graceful_timeout=STOP_WITHIN / 2,
            install_signal_handlers=False,
        )
        return asyncio.create_task(working)


def _queue(task: str, federation: int) -> str:
    """Return where a federation's jobs wait, so that only workers that know the federation get them."""
    return f"{'polls' if task == 'poll' else 'tells'}-{federation}"


def _connector(store: Store) -> PsycopgConnector:
    """Connect to the queue's tables, which have a schema of their own, named after their own script.

    An update of the queue that changes its tables thus begins with an empty queue beside the old one; the next look
    fills it.
    """
    script = SchemaManager.get_schema()
    schema = f"queue_{hashlib.sha256(script.encode()).hexdigest()[:8]}"
    store.make_schema(schema, script)
    return PsycopgConnector(
        conninfo=store.url.replace("+psycopg", "", 1),
        kwargs={"options": f"-c search_path={schema}"},
        min_size=1,
        max_size=4,
    )
