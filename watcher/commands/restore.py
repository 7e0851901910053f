"""`watcher restore`: a copy of the store, proved and put back."""

from pathlib import Path
from typing import Annotated

import typer

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config


def restore(
    copy: Annotated[Path, typer.Argument(help="A copy that `watcher backup` wrote.")],
    config: ConfigOption = CONFIG,
    verify: Annotated[bool, typer.Option("--verify", help="Only prove that the copy is whole.")] = False,
) -> None:
    """Put a copy in the store's place. The service must be stopped; the old database is kept beside it.

    Messages that the copy holds as unsent may have gone out since: they go out as possible repeats.

    Example: watcher restore --verify /mnt/backup/watcher-monday.db
    """
    from watcher.assembly import sole_process
    from watcher.store import open_store
    from watcher.store.copies import database_file, examine, put_back

    settings = read_config(config)
    held = examine(copy)
    out.print(f"{copy}: whole, {held.mentions} mentions, {held.cases} cases, {held.unsent} unsent", markup=False)
    if verify:
        return
    database_file(settings.store_url)  # raises for PostgreSQL, which is never ours alone
    with sole_process(settings.store_url) as alone:
        if not alone:
            raise Stop("stop the service first: it has the database open")
        aside = put_back(copy, settings.store_url)
        with open_store(settings.store_url):
            out.print("put back, schema up to date")
    if aside:
        out.print(f"the old database is kept as {aside}; delete it when it is not needed any more", markup=False)
