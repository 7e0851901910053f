"""Crash drills: named places where the service can be made to die or fail, to prove that it loses nothing.

`WATCHER_FAILPOINTS="after_send:kill"` kills the process (as `kill -9` would) the first time it gets there,
`after_send:raise` raises an error there instead; `name:kill:3` does so the third time. Without the variable a
failpoint does nothing.
"""

import os
import signal
from collections import Counter

#: Every failpoint, in the order in which a post passes them; a test finds each in the code.
STEPS = (
    "after_claim",
    "after_fetch",
    "before_save",
    "in_save",
    "after_save",
    "after_lease",
    "before_send",
    "handed_over",
    "after_send",
    "after_mark",
    "in_digest",
)


class DrillError(Exception):
    """Something went wrong, because a drill wanted it."""


def _read(plan: str) -> dict[str, tuple[str, int]]:
    """Return what each named failpoint does, and at which visit."""
    parts = (entry.split(":") for entry in plan.split(",") if entry)
    return {part[0]: (part[1], int(part[2]) if len(part) > 2 else 1) for part in parts}


_plan = _read(os.environ.get("WATCHER_FAILPOINTS", ""))
_visits: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Die or fail here, if a drill says so."""
    if name not in _plan:
        return
    action, visit = _plan[name]
    _visits[name] += 1
    if _visits[name] != visit:
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise DrillError(name)
