"""`watcher init`: ten questions, and a configuration that passes `watcher check`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.commands.terminal import Stop, out

if TYPE_CHECKING:
    from jinja2 import Template


def init(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the configuration.")] = Path(
        "config.toml"
    ),
) -> None:
    """Ask ten questions and write the configuration.

    Example: watcher init --output config.toml
    """
    if output.exists():
        raise Stop(f"{output} is there already; move it away or name another file with --output")
    answers = _ask()
    content = _template().render(**answers)
    output.write_text(content, encoding="utf-8")
    output.chmod(0o600)
    _prove(output)
    out.print(f"\nwritten: {output}\nnext: watcher check --config {output}", markup=False)


def _ask() -> dict[str, object]:
    def ask(question: str, default: str = "") -> str:
        return str(typer.prompt(question, default=default, show_default=bool(default))).strip()

    def ask_list(question: str, default: str = "") -> list[str]:
        return [
            part.strip() for part in ask(f"{question} (separated by commas)", default).split(",") if part.strip()
        ]

    return {
        "federation": ask("1. The federation's or school's full name"),
        "schools": ask_list("2. Full names of its schools"),
        "aliases": ask_list("3. Other sure names, hashtags, handles"),
        "ambiguous": ask_list("4. Short names that also mean other things"),
        "places": ask_list("5. Towns, roads, postcode areas that speak for it"),
        "against": ask_list("6. Words of namesakes that speak against it"),
        "feed": ask("7. Address of a local news feed, or nothing"),
        "mail": ask("8. Apprise address of the head's mail", "${HEAD_MAIL_URL}"),
        "teams": ask("9. Apprise address of a Teams workflow, or nothing"),
        "digest": ask("10. Time of Monday's digest", "07:30"),
    }


def _template() -> "Template":
    from watcher.messages import environment

    return environment().get_template("config.toml.jinja")


def _prove(output: Path) -> None:
    """Read what was written; secrets that are not set yet are no mistake of this file."""
    from watcher.config import ConfigError, load

    try:
        load(output)
    except ConfigError as error:
        faults = [fault for fault in error.faults if "environment variable" not in fault]
        missing = [fault for fault in error.faults if "environment variable" in fault]
        for fault in missing:
            out.print(f"before the start: {fault}", markup=False)
        if faults:
            output.unlink()
            raise Stop("nothing was written:", *faults) from error
