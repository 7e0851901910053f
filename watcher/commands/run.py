"""`watcher run`: the service."""

from typing import Annotated

import typer

from watcher.commands.terminal import CONFIG, ConfigOption, Stop, read_config


def run(
    config: ConfigOption = CONFIG,
    page_only: Annotated[bool, typer.Option("--page-only", help="Leave the rest to `watcher worker`.")] = False,
) -> None:
    """Run the service: polling, delivery, digest and review address in one process, until stopped.

    Example: watcher run --config /etc/watcher/config.toml
    """
    from sources.errors import Refused
    from watcher.assembly import assembled
    from watcher.logs import log_to_stderr
    from watcher.service import Service

    settings = read_config(config)
    log_to_stderr()
    try:
        with assembled(settings, lasting=True) as parts:
            Service(parts, page_only=page_only).run()
    except Refused as error:
        raise Stop(str(error)) from error
