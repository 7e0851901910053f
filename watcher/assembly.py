"""The parts of the service, put together from the configuration. The one place that knows all of them."""

import gc
import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from sources.client import Client
from sources.manners import Manners
from sources.parsing import Parsers
from sources.registry import KINDS
from sources.source import Source, Tools
from watcher import __version__
from watcher.config import Config
from watcher.involvement import involver
from watcher.judging import JudgeApart
from watcher.matching import Matcher, names_of
from watcher.models import judge_of
from watcher.outbox import Outbox
from watcher.pipeline import Pipeline
from watcher.rendering import Renderer
from watcher.runner import Runner
from watcher.solitude import Solitude
from watcher.store import Store, file_of, open_store
from watcher.store.records import SourceSpec

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """The service, ready to go."""

    config: Config
    store: Store
    federation_id: int
    sources: dict[str, Source]
    runner: Runner
    outbox: Outbox
    renderer: Renderer
    client: Client
    now: Clock
    rest: Callable[[float], None]  #: lets go what nobody has needed for so many seconds


@contextmanager
def assembled(config: Config, now: Clock = utc_now, *, lasting: bool = False) -> Iterator[Parts]:
    """Open everything the service needs, and close it again. What is `lasting` judges in a process apart.

    Raises Mendable, and with `lasting` Refused where the model cannot be used.
    """
    with (
        sole_process(config.store_url) as alone,
        parsers_ahead() as parsers,
        open_store(config.store_url) as store,
        closing(JudgeApart(config)) if lasting else nullcontext() as apart,
        put_together(config, store, parsers, now, apart) as parts,
    ):
        if alone:
            store.take_back_leases(now())
        gc.freeze()  # a search for garbage would hold up every poll; what lives as long as the service is left out
        try:
            yield parts
        finally:
            gc.unfreeze()


@contextmanager
def parsers_ahead() -> Iterator[Parsers]:
    """Open parsers whose children start while the rest is being put together."""
    with closing(Parsers()) as parsers:
        parsers.start()
        yield parsers


@contextmanager
def put_together(
    config: Config,
    store: Store,
    parsers: Parsers,
    now: Clock,
    apart: JudgeApart | None = None,
    beside: Client | None = None,
) -> Iterator[Parts]:
    """Make one federation's parts on a store and parsers that it may share with others, `beside` whose client."""
    federation_id = enrol(config, store, now())
    with closing(polite_client(config, now, beside)) as client:
        tools = Tools(client, parsers, config.federation.names, now)
        sources = {source.name: KINDS[source.kind].build(source.settings, tools) for source in config.sources}
        jitter = random.SystemRandom()
        pipeline = Pipeline(
            matcher=Matcher([names_of(config.federation)]),
            judge=apart or judge_of(config),
            federation=0,
            names=names_of(config.federation),
            involves=involver(config.alerts.contacts, [channel.name for channel in config.alerts.channels]),
        )
        renderer = Renderer(config, store, federation_id, now)

        def rest(seconds: float) -> None:
            parsers.rest(seconds)
            if apart:
                apart.rest(seconds)

        yield Parts(
            config=config,
            store=store,
            federation_id=federation_id,
            sources=sources,
            runner=Runner(config, store, federation_id, sources, pipeline, now, jitter),
            outbox=Outbox(config, store, federation_id, renderer.render, now, jitter),
            renderer=renderer,
            client=client,
            now=now,
            rest=rest,
        )


def enrol(config: Config, store: Store, now: datetime) -> int:
    """Bring the store's federation and sources up to the configuration; return the federation's id."""
    federation_id = store.ensure_federation(config.federation.name, config.alerts.reference, now)
    specs = [SourceSpec(source.name, source.kind, source.address, source.every) for source in config.sources]
    store.sync_sources(federation_id, specs, now)
    return federation_id


@contextmanager
def polite_tools(config: Config, now: Clock) -> Iterator[Tools]:
    """Open what sources need: the client and the parser pool."""
    with closing(Parsers()) as parsers, closing(polite_client(config, now)) as client:
        yield Tools(client, parsers, config.federation.names, now)


def polite_client(config: Config, now: Clock, beside: Client | None = None) -> Client:
    """Return a client with the configured manners that takes turns with the one `beside` it."""
    manners = Manners(
        product=f"nursery-watcher/{__version__}",
        notice_url=config.network.notice_url,
        allow=config.network.allow,
        spacing=config.network.spacing.total_seconds(),
    )
    return Client(manners, now=now, beside=beside)


@contextmanager
def sole_process(store_url: str) -> Iterator[bool]:
    """Tell whether this is the only process on a SQLite store, and stay it; never so on PostgreSQL."""
    file = file_of(store_url)
    if file is None:
        yield False
        return
    solitude = Solitude(file)
    alone = solitude.take()
    try:
        yield alone
    finally:
        solitude.release()
