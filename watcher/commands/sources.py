"""`watcher sources`: what can be watched, and what is."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config

if TYPE_CHECKING:
    from sources.keys import Key
    from sources.source import Fetched
    from watcher.config import Config

app = typer.Typer(invoke_without_command=True, help="List, add, import and suggest sources.")


@app.callback()
def sources(
    context: typer.Context,
    config: ConfigOption = CONFIG,
    kinds: Annotated[bool, typer.Option("--kinds", help="List the kinds of sources instead.")] = False,
) -> None:
    """List the configured sources with their health, or every kind there is.

    Example: watcher sources --kinds
    """
    if context.invoked_subcommand:
        return
    if kinds:
        out.print(_kinds())
        return
    out.print(_configured(read_config(config)))


@app.command()
def suggest(config: ConfigOption = CONFIG) -> None:
    """Propose sources for the federation's names and places, as they would stand in the file.

    Example: watcher sources suggest
    """
    from watcher.suggestion import suggest as proposed
    from watcher.suggestion import written

    settings = read_config(config)
    for one in proposed(settings.federation, (source.kind for source in settings.sources)):
        out.print(f"# {one.why}\n{written(one.kind, one.name, one.keys)}", markup=False)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The list of feeds (OPML) that a feed reader exported.")],
    config: ConfigOption = CONFIG,
) -> None:
    """Add every feed of a feed reader's list that is not configured yet.

    Example: watcher sources import feeds.opml
    """
    from sources.errors import Malformed
    from sources.opml import read_opml
    from watcher.suggestion import written

    settings = read_config(config)
    try:
        feeds = read_opml(file.read_bytes())
    except OSError as error:
        raise Stop(f"{file}: cannot be read: {error.strerror}") from error
    except Malformed as error:
        raise Stop(f"{file}: {error}") from error
    have = {source.address for source in settings.sources}
    names = {source.name for source in settings.sources}
    new = {url: title for url, title in feeds.items() if url not in have}
    parts = []
    for url, title in new.items():
        name = title if title not in names else f"{title} ({url})"
        names.add(name)
        parts.append(written("feed", name, {"url": url}))
    _append(config, parts)
    out.print(f"{len(new)} feeds added, {len(feeds) - len(new)} were there already; now run: watcher check")


@app.command()
def add(
    kind: Annotated[str, typer.Argument(help="One of the kinds that `watcher sources --kinds` lists.")],
    config: ConfigOption = CONFIG,
) -> None:
    """Ask for what a source needs, try it once, and write it into the file.

    Example: watcher sources add feed
    """
    from sources.registry import KINDS
    from watcher.suggestion import written

    settings = read_config(config)
    if kind not in KINDS:
        raise Stop(f"no kind {kind!r}; there are: {', '.join(sorted(KINDS))}")
    out.print(f"{KINDS[kind].sees} Needs: {KINDS[kind].credential}.", markup=False)
    name = typer.prompt("name", default=kind)
    given = {key.name: value for key in KINDS[kind].keys if (value := _asked(key)) is not None}
    tried = _tried(settings, kind, given)
    _append(config, [written(kind, name, given)])
    _note_spent(config, name, tried)
    remark = f"; {tried.remark}" if tried.remark else ""
    out.print(f"added: it answers and shows {tried.seen} items{remark}", markup=False)


def _asked(key: "Key") -> Any:
    """Ask for one key; None where it is left out."""
    import tomllib

    if key.secret:
        variable = typer.prompt(f"{key.name}: name of the environment variable that holds it", default="").strip(
            "${} "
        )
        return f"${{{variable}}}" if variable else None
    answer = typer.prompt(
        f"{key.name} ({key.doc} For example {key.example})", default="" if not key.required else None
    )
    if not answer:
        return None
    try:
        return tomllib.loads(f"value = {answer}")["value"]
    except tomllib.TOMLDecodeError:
        return [part.strip() for part in answer.split(",")] if key.example.startswith("[") else answer


def _tried(config: "Config", kind: str, given: Mapping[str, Any]) -> "Fetched":
    """Return what a source shows, or stop with what is wrong with it."""
    import os

    from sources.errors import SourceError
    from sources.keys import read_table
    from sources.registry import KINDS
    from watcher import secrets
    from watcher.assembly import polite_tools, utc_now

    filled, missing = secrets.fill(dict(given), os.environ)
    settings, faults = read_table(filled, KINDS[kind].keys)
    if missing or faults:
        raise Stop(*(f"{fault.key}: expected {fault.expected}" for fault in (*missing, *faults)))
    with polite_tools(config, utc_now) as tools:
        try:
            return KINDS[kind].build(settings, tools).fetch(None)
        except SourceError as error:
            raise Stop(f"not added: {error}") from error


def _note_spent(config: Path, name: str, tried: "Fetched") -> None:
    """Count what the trial of a new source has cost."""
    from watcher.assembly import utc_now
    from watcher.spending import opened_till

    with opened_till(read_config(config), utc_now) as till:
        till.note(name, None, tried.cursor)


def _append(config: Path, parts: list[str]) -> None:
    """Write sources at the end of the file; a file that would no longer be well is left as it was."""
    before = config.read_text(encoding="utf-8")
    config.write_text("\n".join([before.rstrip("\n") + "\n", *parts]), encoding="utf-8")
    try:
        read_config(config)
    except Stop:
        config.write_text(before, encoding="utf-8")
        raise


def _kinds() -> Table:
    from sources.keys import spell_duration
    from sources.registry import KINDS

    table = Table("kind", "sees", "needs", "limits", "terms", "every", show_lines=True)
    for kind in KINDS.values():
        table.add_row(kind.name, kind.sees, kind.credential, kind.limits, kind.terms, spell_duration(kind.every))
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
