"""One budget per host: one request at a time, a pause between two, and rest where a site asks for it."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sources.errors import RateLimited

PATIENCE = 60.0  #: seconds a thread waits for its turn at a host, at most


@dataclass(slots=True)
class _Host:
    turn: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0  #: monotonic seconds
    rest_until: float = 0.0


class Hosts:
    """The turns at every host, shared by all sources of the process."""

    def __init__(self, spacing: float, jitter: random.Random) -> None:
        self._spacing = spacing
        self._jitter = jitter
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, name: str, delay: float = 0.0, factor: float = 1.0) -> Iterator[None]:
        """Wait for our turn at a host and hold it. `delay` is the site's own crawl delay, in seconds.

        Raises RateLimited at once where the host rests, so that no thread waits for it.
        """
        host = self._host(name)
        if not host.turn.acquire(timeout=PATIENCE):
            raise RateLimited(f"{name} is busy with other sources", timedelta(seconds=PATIENCE))
        try:
            now = time.monotonic()
            if host.rest_until > now:
                raise RateLimited(f"{name} asked for a rest", timedelta(seconds=host.rest_until - now))
            if host.free_at > now:
                time.sleep(min(host.free_at - now, PATIENCE))  # the politeness itself
            yield
        finally:
            pause = max(self._spacing * factor, delay) * (1 + 0.2 * self._jitter.random())
            host.free_at = time.monotonic() + pause
            host.turn.release()

    def rest(self, name: str, pause: timedelta) -> None:
        """Leave a host alone for a while."""
        host = self._host(name)
        host.rest_until = max(host.rest_until, time.monotonic() + pause.total_seconds())

    def rests(self, name: str) -> bool:
        """Tell whether a host has asked for a rest lately."""
        return self._host(name).rest_until > time.monotonic() - 3600 and self._host(name).rest_until > 0

    def _host(self, name: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(name, _Host())
