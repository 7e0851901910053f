"""`watcher sources`: what can be watched, and what is."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from watcher.commands.terminal import CONFIG, ConfigOption, out, read_config

if TYPE_CHECKING:
    from watcher.config import Config


def sources(
    config: ConfigOption = CONFIG,
    kinds: Annotated[bool, typer.Option("--kinds", help="List the kinds of sources instead.")] = False,
) -> None:
    """List the configured sources with their health, or every kind there is.

    Example: watcher sources --kinds
    """
    if kinds:
        out.print(_kinds())
        return
    out.print(_configured(read_config(config)))


def _kinds() -> Table:
    from sources.keys import spell_duration
    from sources.registry import KINDS

    table = Table("kind", "sees", "needs", "limits", "every", show_lines=True)
    for kind in KINDS.values():
        table.add_row(kind.name, kind.sees, kind.credential, kind.limits, spell_duration(kind.every))
    return table


def _configured(config: "Config") -> Table:
    from watcher.assembly import enrol, utc_now
    from watcher.health import sight
    from watcher.messages import school_time
    from watcher.store import open_store

    zone = config.federation.timezone
    table = Table("source", "kind", "state", "new items", "next", "health", show_lines=True)
    with open_store(config.store_url) as store:
        federation_id = enrol(config, store, utc_now())
        known = {row.name: row for row in store.sources(federation_id)}
    for source in config.sources:
        row = known.get(source.name)
        if row is None:
            table.add_row(source.name, source.kind, "waiting", "0", "", "not asked yet")
            continue
        seen = sight(row, zone)
        table.add_row(
            row.name, row.kind, seen.state, str(row.item_count), school_time(row.due_at, zone), seen.words
        )
    return table
