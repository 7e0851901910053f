"""`watcher worker`: one of many on PostgreSQL."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.commands.terminal import CONFIG, Stop, read_config

if TYPE_CHECKING:
    from watcher.config import Config

Places = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file, or a folder with one for each federation.")
]


def worker(config: Places = CONFIG) -> None:
    """Poll, deliver and keep house beside other workers on one PostgreSQL database, until stopped.

    For a local authority with many schools. One school needs only `watcher run`, which does all of it in one
    process; beside workers, `watcher run --page-only` serves a federation's review page.

    Example: watcher worker --config /etc/watcher/federations/
    """
    from watcher.logs import log_to_stderr

    configs = _read(config)
    log_to_stderr()
    _work(configs)


def _read(place: Path) -> "list[Config]":
    """Load every configuration, or stop with every mistake in them."""
    files = sorted(place.glob("*.toml")) if place.is_dir() else [place]
    if not files:
        raise Stop(f"{place}: expected a file NAME.toml for each federation; found none", code=2)
    configs: list[Config] = []
    faults: list[str] = []
    for file in files:
        try:
            configs.append(read_config(file))
        except Stop as stop:
            faults += stop.lines
    faults += _odd_stores(configs)
    if faults:
        raise Stop(*faults, code=2)
    return configs


def _odd_stores(configs: "list[Config]") -> list[str]:
    from watcher.store import file_of

    if any(file_of(config.store_url) for config in configs):
        return [
            "[store], url: expected postgresql+psycopg://... for many workers; got SQLite. "
            "On SQLite one process does everything: watcher run"
        ]
    if len({config.store_url for config in configs}) > 1:
        return ["[store], url: expected the same database in every file"]
    names = [config.federation.name for config in configs]
    return [f"[federation], name: {name!r} stands in two files" for name in set(names) if names.count(name) > 1]


def _work(configs: "list[Config]") -> None:
    from watcher.assembly import Parts, parsers_ahead, put_together, utc_now
    from watcher.store import open_store

    try:
        from watcher.tasks import Work, Worker
    except ModuleNotFoundError as error:
        raise Stop("watcher worker needs an extra: pip install 'nursery-watcher[scale]'", code=2) from error
    with ExitStack() as opened:
        store = opened.enter_context(open_store(configs[0].store_url))
        parsers = opened.enter_context(parsers_ahead())
        parts: list[Parts] = []
        for config in configs:
            beside = parts[0].client if parts else None
            parts.append(opened.enter_context(put_together(config, store, parsers, utc_now, beside=beside)))
        Worker(Work({one.federation_id: one for one in parts}, store, utc_now)).run()
