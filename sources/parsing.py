"""Parsing in bounded child processes: hostile bytes cost one source one failed poll, and nothing else.

A child serves one call at a time under limits of memory, CPU time and wall time. One that exceeds a limit is
killed and replaced; the call raises Malformed. Children end by themselves when their parent is gone.
"""

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, TypeVar

from sources.errors import Malformed, SourceError

Result = TypeVar("Result")

MIB = 1024 * 1024
CALLS = 2000  #: a child is replaced after so many calls
LARGEST_MIB = 250  #: or when it has grown to this size
_START = "from sources.parsing import serve; serve()"


class Parsers:
    """A pool of children. Thread-safe; children start when they are first needed."""

    def __init__(
        self,
        workers: int | None = None,
        *,
        memory_mib: int = 512,
        cpu_seconds: int = 5,
        wall_seconds: float = 8.0,
    ) -> None:
        self._limits = (memory_mib, cpu_seconds)
        self._wall_seconds = wall_seconds
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(workers or min(os.cpu_count() or 1, 2)):
            self._idle.put(None)

    def run(self, function: Callable[..., Result], *args: Any) -> Result:
        """Call a module-level function in a child and return what it returns.

        A SourceError raised there comes through; anything else that goes wrong there raises Malformed.
        """
        child = self._idle.get()
        keep: _Child | None = None
        try:
            child = child or _Child(*self._limits)
            outcome = child.call(function, args, self._wall_seconds)
            keep = child if child.is_fresh else None
        finally:
            if child and child is not keep:
                child.end()
            self._idle.put(keep)
        if isinstance(outcome, SourceError):
            raise outcome
        (result,) = outcome
        return result  # type: ignore[no-any-return]

    def close(self) -> None:
        """End every idle child."""
        with suppress(queue.Empty):
            while True:
                child = self._idle.get_nowait()
                if child:
                    child.end()


class _Child:
    """One process that parses."""

    def __init__(self, memory_mib: int, cpu_seconds: int) -> None:
        self._calls = 0
        self._size_mib = 0
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter with our own code
            [sys.executable, "-c", _START, str(memory_mib), str(cpu_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the parent
            env=_environment(),
        )

    @property
    def is_fresh(self) -> bool:
        """Whether it may serve another call."""
        return self._process.poll() is None and self._calls < CALLS and self._size_mib < LARGEST_MIB

    def call(self, function: Callable[..., Any], args: tuple[Any, ...], wall_seconds: float) -> Any:
        """Return a SourceError, or a tuple with the result."""
        assert self._process.stdin  # noqa: S101  # both are pipes
        assert self._process.stdout  # noqa: S101
        self._calls += 1
        watch = threading.Timer(wall_seconds, self._process.kill)
        watch.start()
        try:
            _write(self._process.stdin, (function, args))
            outcome, self._size_mib = _read(self._process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError):
            return Malformed("what the site sent took too long or too much memory to read")
        finally:
            watch.cancel()
        return outcome

    def end(self) -> None:
        """Kill the process and wait for it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()


def _environment() -> dict[str, str]:
    """Return what a child needs to find our code, and none of the parent's secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG", "LC_ALL") if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}


def serve() -> None:
    """Serve calls from standard input until it ends. The child's whole life."""
    memory_mib, cpu_seconds = int(sys.argv[1]), int(sys.argv[2])
    _limit_memory(memory_mib)
    calls, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a library that prints must not garble the answers
    while True:
        try:
            function, args = _read(calls)
        except EOFError:
            return
        _limit_cpu(cpu_seconds)
        _write(answers, (_outcome(function, args), _size_mib()))


def _outcome(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    try:
        return (function(*args),)
    except SourceError as error:
        return error
    except MemoryError:
        return Malformed("what the site sent needs too much memory to read")
    except Exception as error:  # whatever hostile bytes do to a parser, only this call fails
        return Malformed(f"what the site sent cannot be read ({type(error).__name__})")


def _write(pipe: IO[bytes], value: Any) -> None:
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    pipe.write(len(content).to_bytes(8, "big") + content)
    pipe.flush()


def _read(pipe: IO[bytes]) -> Any:
    head = pipe.read(8)
    content = pipe.read(int.from_bytes(head, "big")) if len(head) == 8 else b""
    if not content:
        raise EOFError
    return pickle.loads(content)  # noqa: S301  # from our own process


def _limit_memory(memory_mib: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: only the wall time is limited there
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_mib * MIB, memory_mib * MIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(seconds: int) -> None:
    """Give the next call its own CPU time: the system's limit counts a process's whole life."""
    try:
        import resource
    except ImportError:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds + 1, hard))


def _size_mib() -> int:
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
