"""The list of commands. Their modules import what is heavy only when they run, so that `--help` is quick."""

import sys

import typer

from watcher.commands import (
    backfill,
    backup,
    cases,
    check,
    demo,
    digest,
    erase,
    evaluate,
    explain,
    export,
    init,
    judge,
    poll,
    restore,
    run,
    sources,
    train,
    users,
    worker,
)
from watcher.commands.terminal import Stop, complain
from watcher.mendable import Mendable

app = typer.Typer(
    name="watcher",
    help="Watches public posts that mention a school, and tells the head what cannot wait.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _command in (
    demo.demo,
    init.init,
    check.check,
    run.run,
    worker.worker,
    poll.poll,
    backfill.backfill,
    judge.judge,
    explain.explain,
    digest.digest,
    cases.cases,
    export.export,
    erase.erase,
    backup.backup,
    restore.restore,
    train.train,
    evaluate.evaluate,
):
    app.command()(_command)
app.add_typer(sources.app, name="sources")
app.add_typer(users.app, name="users")


def main() -> None:
    """Run a command; mistakes a person can mend are told in plain sentences, without a traceback."""
    try:
        app()
    except Stop as stop:
        complain(stop)
        sys.exit(stop.code)
    except Mendable as error:
        complain(Stop(str(error)))
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        complain(Stop(f"{error.filename}: {error.strerror}"))
        sys.exit(1)
