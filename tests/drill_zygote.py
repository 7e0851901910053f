"""Starts the real program again and again without paying for its imports each time.

A process that has everything imported forks one child per line on its standard input, a JSON object with the keyword
arguments of `_be_the_program`, and answers with the child's process id; a line "wait PID" answers with how it ended.
"""

import importlib
import json
import os
import signal
import sys
import traceback
from functools import partial

import watcher.housekeeping
import watcher.logs
import watcher.models
import watcher.service
import watcher.tasks
from classifiers.judge import load_judge
from watcher import failpoints, notify
from watcher.commands.main import main


class ReadyJudge:
    """The judge of all children, loaded before they are forked, so that none of them dies while it loads one."""

    def __init__(self) -> None:
        judge = load_judge("careful")
        self.model, self.judge = judge.model, judge.judge

    def rest(self, seconds: float) -> None:
        """Let nothing go: there is no child that judges apart."""

    def close(self) -> None:
        """Leave the judge to the other children."""


def serve() -> None:
    """Serve until standard input ends."""
    ready = ReadyJudge()
    watcher.assembly.judge_of = watcher.models.judge_of = watcher.assembly.JudgeApart = lambda _: ready
    watcher.service.Service = partial(watcher.service.Service, pause=0.1)
    watcher.tasks.LOOK = "* * * * * *"  # every second
    notify._apprise()
    for line in sys.stdin:
        if line.startswith("wait "):
            _answer(os.waitstatus_to_exitcode(os.waitpid(int(line[5:]), 0)[1]))
            continue
        child = os.fork()
        if child == 0:
            _be_the_program(**json.loads(line))
        _answer(child)


def _be_the_program(drill: str, folder: str, output: str, arguments: list[str], stdin: str = os.devnull) -> None:
    os.chdir(folder or ".")
    os.environ["WATCHER_FAILPOINTS"] = drill
    importlib.reload(failpoints)
    os.dup2(os.open(stdin, os.O_RDONLY), 0)
    os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["watcher", *arguments]
    code: object = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # the child must end here, whatever happens
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def _answer(value: int) -> None:
    sys.stdout.write(f"{value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
