"""The life of a child that parses: it serves calls from its standard input until that ends.

Imports little, since every child pays for it.
"""

import signal
import sys
from contextlib import suppress
from mmap import PAGESIZE
from typing import Any

from sources.errors import Malformed, SourceError
from sources.parcels import LARGEST, UNPACKABLE, Broken, pack, read_parcel, unpack_call, write_parcel

MIB = 1024 * 1024
AFTER_ALL = 1.0  #: seconds after which a child ends a call itself, should its parent not have done so


def serve() -> None:
    """Serve calls under the limits on the command line: MiB of memory, seconds of CPU, seconds of wall time."""
    memory_mib, cpu_seconds, wall_seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)  # the parent says when to end
    _limit_memory(memory_mib)
    calls, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a library that prints must not garble the answers
    before = _size_mib()
    while True:
        try:
            call = read_parcel(calls)
        except Broken:
            return
        _limit_time(cpu_seconds, wall_seconds + AFTER_ALL)
        write_parcel(answers, _packed(_outcome(call), before))
        _limit_time(0.0, 0.0)


def _outcome(call: bytes) -> Any:
    """Return a SourceError, or a tuple with the result."""
    try:
        function, args = unpack_call(call)
        return (function(*args),)
    except SourceError as error:
        return error
    except MemoryError:
        return Malformed("what the site sent needs too much memory to read")
    except Exception as error:  # whatever hostile bytes do to a parser, only this call fails
        return Malformed(f"what the site sent cannot be read ({type(error).__name__})")


def _packed(outcome: Any, before: int) -> bytes:
    """Return an outcome and by how many MiB this process has grown."""
    try:
        parcel = pack((outcome, _size_mib() - before))
    except MemoryError:
        parcel = b""
    except UNPACKABLE as error:  # a result that cannot travel is a fault of the function, not of the pool
        return pack((Malformed(f"what was read cannot be handed over ({type(error).__name__})"), 0))
    if not parcel or len(parcel) > LARGEST:
        return pack((Malformed("what the site sent needs too much memory to read"), 0))
    return parcel


def _limit_memory(memory_mib: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: only the wall time is limited there, by the parent
        return
    _limit(resource.RLIMIT_AS, memory_mib * MIB)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(what: int, most: int) -> None:
    import resource

    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(ValueError, OSError):  # a system that cannot limit this
        resource.setrlimit(what, (most, most))


def _limit_time(cpu_seconds: float, wall_seconds: float) -> None:
    """Give the next call its own time, after which the system ends this process; 0 for none.

    These timers count from now; the limit on CPU time that a process has would count its whole life.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        signal.setitimer(signal.ITIMER_REAL, wall_seconds)


def _size_mib() -> int:
    """Return the memory this process holds now; 0 where the system does not tell.

    The largest size that `getrusage` knows would begin with the parent's.
    """
    try:
        with open("/proc/self/statm", "rb") as sizes:
            return int(sizes.read().split()[1]) * PAGESIZE // MIB
    except OSError:
        return 0
