"""Crash drills: named places where the service can be made to die, to prove that nothing is lost or doubled.

`WATCHER_FAILPOINTS="after_send:kill"` kills the process (as `kill -9` would) the first time it gets there;
`name:kill:3` the third time. Without the variable a failpoint does nothing.
"""

import os
import signal
from collections import Counter


def _read(plan: str) -> dict[str, int]:
    """Return the visit at which each named failpoint kills."""
    parts = (entry.split(":") for entry in plan.split(",") if entry)
    return {part[0]: int(part[2]) if len(part) > 2 else 1 for part in parts if part[1:2] == ["kill"]}


_plan = _read(os.environ.get("WATCHER_FAILPOINTS", ""))
_visits: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Die here, if a drill says so."""
    if name not in _plan:
        return
    _visits[name] += 1
    if _visits[name] == _plan[name]:
        os.kill(os.getpid(), signal.SIGKILL)
