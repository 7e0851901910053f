"""`watcher cases`: the cases, in the terminal."""

from typing import Annotated

import typer
from rich.table import Table

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config


def cases(
    config: ConfigOption = CONFIG,
    everything: Annotated[bool, typer.Option("--all", help="Closed cases too.")] = False,
    acknowledge: Annotated[str, typer.Option(metavar="REF", help="Note that a person has seen this case.")] = "",
    close: Annotated[str, typer.Option(metavar="REF", help="Close this case; needs --verdict.")] = "",
    verdict: Annotated[
        str, typer.Option(help="useful, not-a-concern, fair-criticism, not-us, duplicate, test")
    ] = "",
    who: Annotated[str, typer.Option(help="Who decides, for the audit log.")] = "terminal",
) -> None:
    """List cases by reference, without any text; acknowledge or close one.

    Example: watcher cases --close SV-2026-0142 --verdict useful --who "Head"
    """
    from watcher.assembly import utc_now
    from watcher.store import VERDICTS, open_store

    settings = read_config(config)
    zone = settings.federation.timezone
    if close and verdict not in VERDICTS:
        raise Stop(f"--verdict: expected one of {', '.join(VERDICTS)}; got {verdict!r}", code=2)
    with open_store(settings.store_url) as store:
        federation_id = store.ensure_federation(settings.federation.name, settings.alerts.reference, utc_now())
        if acknowledge:
            store.acknowledge_case(federation_id, acknowledge, who, utc_now())
        if close:
            store.close_case(federation_id, close, verdict, who, utc_now())
        rows = store.cases(federation_id, open_only=not everything)
    from watcher.messages import school_time
    from watcher.telling import urgent_concerns

    table = Table("reference", "state", "decision", "concerns", "opened", "seen by")
    for row in rows:
        concerns = ", ".join(urgent_concerns(row)) or "-"
        opened = school_time(row.opened_at, zone)
        table.add_row(
            row.reference,
            row.verdict or row.state,
            row.decision,
            concerns,
            opened,
            row.acknowledged_by or "-",
        )
    out.print(table)
