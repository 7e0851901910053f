"""`watcher export`: the cases, or what is held on one person, as a file."""

from pathlib import Path
from typing import Annotated

import typer

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, out, read_config


def export(
    output: Annotated[Path, typer.Argument(help="The file to write: .csv or .json.")],
    config: ConfigOption = CONFIG,
    person: Annotated[str, typer.Option(help="A name or handle: what is held that names it.")] = "",
    who: Annotated[str, typer.Option(help="Who asks, for the audit log.")] = "terminal",
) -> None:
    """Write the cases (without any text), or with --person all that is held that names or is signed by somebody.

    Example: watcher export cases.csv
    """
    from watcher.assembly import utc_now
    from watcher.export import cases_csv, cases_json, person_json
    from watcher.store import open_store

    if output.suffix not in (".csv", ".json") or (person and output.suffix != ".json"):
        raise Stop(f"OUTPUT: expected a .json file{'' if person else ' or a .csv file'}; got {output}", code=2)
    settings = read_config(config)
    with open_store(settings.store_url) as store:
        now = utc_now()
        federation_id = store.ensure_federation(settings.federation.name, settings.alerts.reference, now)
        if person:
            mentions = store.mentions_naming(federation_id, person)
            content, found = person_json(person, mentions), f"{len(mentions)} posts"
        else:
            cases = store.cases(federation_id)
            content, found = (cases_csv if output.suffix == ".csv" else cases_json)(cases), f"{len(cases)} cases"
        store.record(federation_id, who, "export", "one person" if person else "cases", now)
    output.touch(mode=0o600)
    output.write_text(content, encoding="utf-8", newline="")
    out.print(f"{found} written to {output}", markup=False)
