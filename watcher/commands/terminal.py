"""What the commands share: how they read the configuration and speak to the technician."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from watcher.config import Config

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.", show_default=True)]
CONFIG = Path("config.toml")


class Stop(Exception):
    """A command cannot go on. Each line tells a person what to mend."""

    def __init__(self, *lines: str, code: int = 1) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.code = code


def complain(stop: Stop) -> None:
    """Write what went wrong, a line each, to standard error."""
    for line in stop.lines:
        err.print(line, style="red", markup=False)


def read_config(path: Path) -> "Config":
    """Load the configuration, or stop with every mistake in it."""
    from watcher.config import ConfigError, load

    try:
        return load(path)
    except ConfigError as error:
        raise Stop(*error.faults, code=2) from error
