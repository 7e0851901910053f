"""Parsing in bounded child processes: hostile bytes cost one source one failed poll, and nothing else.

A child serves one call at a time under limits of memory, CPU time and wall time. One that exceeds a limit is
killed and replaced; the call raises Malformed. Children get nothing of the parent but the call: not its main
module, not its environment's secrets, not its signals. They end by themselves when their parent is gone.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, TypeVar, cast

from sources.errors import Malformed, SourceError, Unreachable
from sources.parcels import Broken, pack, read_parcel, unpack_outcome, write_parcel

Result = TypeVar("Result")

CALLS = 500  #: a child is replaced after so many calls
GROWTH_MIB = 200  #: or when it has grown by so much

_START = "from sources.reader import serve; serve()"
_KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME")


class Parsers:
    """A pool of children. Thread-safe; children start when they are first needed, or ahead by `start`."""

    def __init__(
        self,
        workers: int | None = None,  #: None: one per processor, at most two
        *,
        memory_mib: int = 512,
        cpu_seconds: float = 5.0,
        wall_seconds: float = 8.0,
        growth_mib: int = GROWTH_MIB,
    ) -> None:
        self._limits = (memory_mib, cpu_seconds, wall_seconds, growth_mib)
        self._watch = _Watch(wall_seconds)
        self._closed = False
        self._slots: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(workers or min(os.cpu_count() or 1, 2)):
            self._slots.put(None)

    def start(self) -> None:
        """Start the children ahead, so that the first bytes need not wait for them."""
        for child in self._taken():
            ready = None
            with suppress(Unreachable):  # the first call tries again and tells why
                ready = self._usable(child)
            self._slots.put(ready)

    def run(self, function: Callable[..., Result], *args: Any) -> Result:
        """Call a module-level function in a child and return what it returns.

        Arguments are pickled; the result must consist of plain values, dates and classes of this package. A
        SourceError raised there comes through; anything else that goes wrong there raises Malformed.
        """
        child = self._slots.get()
        try:
            child = self._usable(child)
            outcome = child.call(pack((function, args)), self._watch)
        finally:
            self._slots.put(self._kept(child))
        if isinstance(outcome, SourceError):
            raise outcome
        result: Result = outcome[0]
        return result

    def rest(self, seconds: float) -> None:
        """End the children that nobody has needed for so long; they start again when they are needed."""
        for child in self._taken():
            if child and child.idle_since < time.monotonic() - seconds:
                _end(child)
                child = None
            self._slots.put(self._kept(child))

    def close(self) -> None:
        """End the children; one that is busy ends with its call."""
        self._closed = True
        for child in self._taken():
            _end(child)
            self._slots.put(None)  # whoever calls later must be told, not left waiting

    def _taken(self) -> "list[_Child | None]":
        """Take the children that are not busy, the one used last at the end."""
        taken = []
        with suppress(queue.Empty):
            while True:
                taken.append(self._slots.get_nowait())
        return taken[::-1]

    def _usable(self, child: "_Child | None") -> "_Child":
        if self._closed:
            raise Unreachable("the service is stopping")
        if child and child.is_fresh:
            return child
        _end(child)
        try:
            return _Child(*self._limits)
        except OSError as error:
            raise Unreachable(f"no reader could be started on this computer: {error}") from error

    def _kept(self, child: "_Child | None") -> "_Child | None":
        """Return the child if it may serve another call, now that its call is over."""
        if child and child.is_fresh and not self._closed:
            return child
        _end(child)
        return None


class _Child:
    """One process that parses."""

    def __init__(self, memory_mib: int, cpu_seconds: float, wall_seconds: float, growth_mib: int) -> None:
        self.idle_since = time.monotonic()
        self._calls = 0
        self._most_growth_mib = growth_mib
        self._grown_mib = 0
        self._process = subprocess.Popen(  # noqa: S603  # this interpreter, our own code, three numbers
            [sys.executable, "-P", "-c", _START, str(memory_mib), str(cpu_seconds), str(wall_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the parent
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows
            env=_environment(),
        )
        self._calls_to = cast("IO[bytes]", self._process.stdin)  # both are pipes, as asked for above
        self._answers_from = cast("IO[bytes]", self._process.stdout)

    @property
    def is_fresh(self) -> bool:
        """Whether it may serve another call."""
        return self._process.poll() is None and self._calls < CALLS and self._grown_mib < self._most_growth_mib

    def call(self, parcel: bytes, watch: "_Watch") -> Any:
        """Return a SourceError, or a tuple with the result."""
        self._calls += 1
        watch.begin(self)
        try:
            write_parcel(self._calls_to, parcel)
            answer = read_parcel(self._answers_from)
        except (OSError, Broken):
            answer = None
        finally:
            is_overdue = watch.end(self)
            self.idle_since = time.monotonic()
        if is_overdue or answer is None:
            return self._lost(is_overdue)
        try:
            outcome, self._grown_mib = unpack_outcome(answer)
        except Broken as error:
            self._die()
            return Malformed(f"what was read of the site's answer is no result: {error}")
        return outcome

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process, wait for it, and close its pipes."""
        self._die()
        for pipe in (self._calls_to, self._answers_from):
            with suppress(OSError):
                pipe.close()

    def _die(self) -> int:
        self._process.kill()
        return self._process.wait()

    def _lost(self, is_overdue: bool) -> Malformed:
        """Tell why a call was lost."""
        ended = -self._die()
        too_long = {getattr(signal, name, 0) for name in ("SIGALRM", "SIGPROF", "SIGXCPU")}
        if is_overdue or ended in too_long:
            return Malformed("what the site sent took too long to read")
        return Malformed(f"what the site sent could not be read: the reader broke down (signal or code {ended})")


class _Watch:
    """Kills children that are overdue. Its thread ends where no call goes on at the time the last seen was due."""

    def __init__(self, wall_seconds: float) -> None:
        self._wall_seconds = wall_seconds
        self._due: dict[_Child, float] = {}  #: monotonic seconds
        self._overdue: set[_Child] = set()
        self._lock = threading.Condition()
        self._is_awake = False

    def begin(self, child: _Child) -> None:
        """Start to watch a call."""
        with self._lock:
            self._due[child] = time.monotonic() + self._wall_seconds
            wakes = not self._is_awake
            self._is_awake = True
        if wakes:
            threading.Thread(target=self._look, name="parser watch", daemon=True).start()

    def end(self, child: _Child) -> bool:
        """Stop to watch a call; tell whether its child has been killed. From here on it will not be."""
        with self._lock:
            self._due.pop(child, None)
            was_overdue = child in self._overdue
            self._overdue.discard(child)
            return was_overdue

    def _look(self) -> None:
        with self._lock:
            while self._due:
                # Calls that begin meanwhile are due later than all that are waited for.
                self._lock.wait(max(0.0, min(self._due.values()) - time.monotonic()))
                self._kill_overdue()
            self._is_awake = False

    def _kill_overdue(self) -> None:
        now = time.monotonic()
        for child in [child for child, due in self._due.items() if due <= now]:
            child.kill()
            self._overdue.add(child)
            del self._due[child]


def _end(child: _Child | None) -> None:
    if child:
        child.end()


def _environment() -> dict[str, str]:
    """Return what a child needs to find our code, and none of the parent's secrets."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
