"""Starts the real `watcher run` or `watcher worker` again and again without paying for its imports each time.

A process that has everything imported forks one child per line on its standard input,
"FAILPOINTS<TAB>COMMAND<TAB>CONFIG", and answers with the child's process id; a line "wait PID" answers with how it
ended.
"""

import importlib
import os
import signal
import sys

import watcher.housekeeping
import watcher.logs
import watcher.service
import watcher.tasks
from classifiers import judge
from watcher import failpoints, notify
from watcher.commands.main import main


def serve() -> None:
    """Serve until standard input ends."""
    loaded = judge.load_judge("careful")
    watcher.assembly.judge_of = lambda _: loaded  # read once, not per child
    watcher.tasks.LOOK = "* * * * * *"  # every second
    notify._apprise()
    for line in sys.stdin:
        if line.startswith("wait "):
            _answer(os.waitstatus_to_exitcode(os.waitpid(int(line[5:]), 0)[1]))
            continue
        child = os.fork()
        if child == 0:
            _be_the_service(*line.rstrip("\n").split("\t"))
        _answer(child)


def _be_the_service(drill: str, command: str, config: str) -> None:
    os.environ["WATCHER_FAILPOINTS"] = drill
    importlib.reload(failpoints)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(f"{config}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["watcher", command, "--config", config]
    code: object = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException as error:  # the child must end here, whatever happens
        sys.stderr.write(repr(error))
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def _answer(value: int) -> None:
    sys.stdout.write(f"{value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
