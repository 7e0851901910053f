"""`watcher erase`: let go of everything that names one person."""

from typing import Annotated

import typer

from watcher.commands.terminal import CONFIG, ConfigOption, out, read_config


def erase(
    person: Annotated[str, typer.Argument(help="A name or handle.")],
    config: ConfigOption = CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Really erase; without it, only say what would go.")] = False,
    who: Annotated[str, typer.Option(help="Who decided, for the audit log.")] = "terminal",
) -> None:
    """Erase every post that names or is signed by somebody. A keyed hash stays, so that it is not taken in again.

    Example: watcher erase "@handle" --yes --who "Data protection officer"
    """
    from watcher.assembly import utc_now
    from watcher.store import open_store

    settings = read_config(config)
    with open_store(settings.store_url) as store:
        now = utc_now()
        federation_id = store.ensure_federation(settings.federation.name, settings.alerts.reference, now)
        mentions = store.mentions_naming(federation_id, person)
        for mention in mentions:
            out.print(
                f"{mention.source}: {mention.url or 'no address'}, seen {mention.first_seen_at:%Y-%m-%d}",
                markup=False,
            )
            if yes:
                store.erase_mention(federation_id, mention.id, who, now)
        if yes:
            store.truncate_log()
    out.print(f"{len(mentions)} posts {'erased' if yes else 'would be erased; add --yes'}")
