"""`watcher backup`: a whole copy of the store, while the service runs."""

from pathlib import Path
from typing import Annotated

import typer

from watcher.commands.terminal import CONFIG, ConfigOption, out, read_config


def backup(
    target: Annotated[Path, typer.Argument(help="The copy to write; it must not exist yet.")],
    config: ConfigOption = CONFIG,
) -> None:
    """Write a copy of the SQLite store and prove that it is whole. The service may be running.

    The copy holds the texts of posts: keep it as safe as the database, and no longer than they may be kept.

    Example: watcher backup /mnt/backup/watcher-monday.db
    """
    from watcher.store.copies import copy_store

    settings = read_config(config)
    copy = copy_store(settings.store_url, target)
    out.print(f"{target}: whole, {copy.mentions} mentions, {copy.cases} cases", markup=False)
