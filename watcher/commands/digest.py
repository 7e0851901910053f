"""`watcher digest`: the weekly digest, as it would be sent now."""

from pathlib import Path
from typing import Annotated

import typer

from watcher.commands.terminal import CONFIG, ConfigOption, out, read_config


def digest(
    preview: Annotated[
        Path, typer.Option("--preview", help="Write the digest to this HTML file (and .txt beside it).")
    ],
    config: ConfigOption = CONFIG,
) -> None:
    """Write the digest of the last seven days to a file. Nothing is sent.

    Example: watcher digest --preview digest.html
    """
    from watcher.assembly import enrol, utc_now
    from watcher.digest import preview_digest
    from watcher.store import open_store

    settings = read_config(config)
    with open_store(settings.store_url) as store:
        federation_id = enrol(settings, store, utc_now())
        message = preview_digest(settings, store, federation_id, utc_now())
    preview.write_text(message.html, encoding="utf-8")
    preview.with_suffix(".txt").write_text(message.text, encoding="utf-8")
    out.print(f"{message.subject}\nwritten to {preview} and {preview.with_suffix('.txt')}", markup=False)
