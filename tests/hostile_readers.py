"""Functions that the parser pool's children are asked to run in tests. Imports little, since a child imports it."""

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sources.errors import Malformed, RateLimited, Refused
from sources.post import Post

ATTRIBUTES = (
    b"<rss version='2.0'><channel " + b" ".join(b"a%d='x'" % n for n in range(50_000)) + b"></channel></rss>"
)
NESTING = b"<rss version='2.0'><channel>" + b"<a>" * 200_000
ANGLES = b"<a " * 20_000
COMMENTS = b"<!--" * 20_000


def feed(body: bytes) -> int:
    """Read a feed with feedparser."""
    import io

    import feedparser

    return len(feedparser.parse(io.BytesIO(body)).entries)


def page(body: bytes, parser: str) -> int:
    """Read a page with BeautifulSoup."""
    from bs4 import BeautifulSoup

    return len(BeautifulSoup(body, parser).get_text())


def add(one: int, other: int) -> int:
    """Be an ordinary function."""
    return one + other


def process() -> int:
    """Say which process this is."""
    return os.getpid()


def modules() -> list[str]:
    """Say what this process has imported."""
    return sorted(sys.modules)


def environment() -> dict[str, str]:
    """Say what this process knows of its surroundings."""
    return dict(os.environ)


def grow(mib: int) -> int:
    """Use memory."""
    return len(b"x" * (mib * 1024 * 1024))


_kept: list[bytes] = []


def keep(mib: int) -> None:
    """Use memory and keep it."""
    _kept.append(b"x" * (mib * 1024 * 1024))


def compute(seconds: float) -> float:
    """Use processor time."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return seconds


def hang() -> None:
    """Use nothing but time."""
    threading.Event().wait(60)


def leave(code: int) -> None:
    """End the process."""
    os._exit(code)


def crash(number: int) -> None:
    """End the process as a fault in a library would."""
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def outlive(number: int) -> str:
    """Receive a signal."""
    os.kill(os.getpid(), number)
    return "alive"


def stop() -> None:
    """Raise what no handler of ours catches."""
    raise SystemExit(3)


def recurse(depth: int = 0) -> int:
    """Recurse without end."""
    return recurse(depth + 1) + 1


def stumble() -> None:
    """Fail as a parser does."""
    raise KeyError("odd")


def refuse() -> None:
    """Fail as a source does."""
    raise Refused("a log-in wall")


def ask_for_a_pause() -> None:
    """Fail with more than a message."""
    raise RateLimited("too often", timedelta(seconds=7))


def chatter() -> str:
    """Print, as a library might."""
    os.write(2, b"noise")
    sys.stdout.write("noise")
    return "quiet"


def posts() -> tuple[Post, ...]:
    """Return what sources return."""
    return (Post("1", "https://x.example/", "text", published=datetime(2026, 11, 24, tzinfo=UTC)),)


def error_as_value() -> Malformed:
    """Return an error instead of raising it."""
    return Malformed("a value")


def many_bytes(mib: int) -> bytes:
    """Return more than a result may be."""
    return bytes(mib * 1024 * 1024)


def unpicklable() -> Any:
    """Return what cannot travel."""
    return lambda: None


@dataclass
class Stranger:
    """A class the parent does not expect."""

    name: str = "x"


def stranger() -> Stranger:
    """Return a value of a class that no result may have."""
    return Stranger()


class Reducing:
    """A value that would run something where it is unpacked."""

    def __init__(self, function: Any, *args: Any) -> None:
        self._call = (function, args)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self._call


def attack(path: str) -> Any:
    """Return a value that would write a file where it is unpacked."""
    return [Reducing(os.system, f"touch {path}")]


def attack_from_within() -> Any:
    """Return a value that would start a process by means of our own code."""
    from sources.parsing import Parsers

    return Reducing(Parsers, 1)


def forge(answer: bytes) -> None:
    """Write an answer of one's own, as code that took a child over could."""
    os.write(1, answer)
    threading.Event().wait(60)
