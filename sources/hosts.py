"""One budget per host: one request at a time, a pause between two, and rest where a site asks for it."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from sources.errors import RateLimited, Unreachable

MOST_HOSTS = 10_000  #: remembered at a time
THROTTLED_FOR = 3600.0  #: seconds after a rest in which a bare 403 still means "too many requests"


@dataclass(slots=True)
class _Host:
    turn: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0  #: threads that hold or wait for the turn
    free_at: float = 0.0  #: monotonic seconds, as all times here
    down_at: float = 0.0
    rest_until: dict[str, float] = field(default_factory=dict)  #: by who was told to rest

    def is_idle(self, at: float) -> bool:
        return (
            not self.waiting
            and self.free_at < at
            and not any(self.was_throttled(at, who) for who in self.rest_until)
        )

    def was_throttled(self, at: float, who: str) -> bool:
        return who in self.rest_until and at < self.rest_until[who] + THROTTLED_FOR


class Hosts:
    """The turns at every host, shared by all sources of the process. Thread-safe.

    A host is asked by whoever holds a credential there (`who`), or by anybody (""). All take turns, but a host
    counts by credential, and so a rest that it asks of one is not the others'.
    """

    def __init__(
        self,
        jitter: random.Random,
        patience: float,  #: seconds a thread waits for its turn, at most
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._jitter = jitter
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many hosts are remembered."""
        return len(self._hosts)

    @contextmanager
    def turn(self, name: str, spacing: float, since: float, who: str = "") -> Iterator[None]:
        """Wait for our turn at a host, hold it, and leave a pause of `spacing` seconds and a little after it.

        Raises RateLimited at once where the host rests or too many others wait, so that no thread is held up
        by a host that will not answer it soon; Unreachable where the host proved to be down after `since`,
        the moment at which the caller began.
        """
        host = self._queue(name, spacing, who)
        try:
            if not host.turn.acquire(timeout=self._patience):
                raise _busy(name, self._patience)
            try:
                self._admit(name, host, since, who)
                with self._pausing(host, spacing):
                    yield
            finally:
                host.turn.release()
        finally:
            with self._lock:
                host.waiting -= 1

    @contextmanager
    def _pausing(self, host: _Host, spacing: float) -> Iterator[None]:
        try:
            yield
        finally:
            host.free_at = self._clock() + spacing * (1 + 0.2 * self._jitter.random())

    def rest(self, name: str, pause: timedelta, who: str = "") -> None:
        """Leave a host alone for a while."""
        rests = self._known(name).rest_until
        rests[who] = max(rests.get(who, 0.0), self._clock() + pause.total_seconds())

    def was_throttled(self, name: str, who: str = "") -> bool:
        """Tell whether a host has asked for a rest lately."""
        return self._known(name).was_throttled(self._clock(), who)

    def down(self, name: str) -> None:
        """Note that a host cannot be reached, so that those who wait for it need not find out one by one."""
        self._known(name).down_at = self._clock()

    def _queue(self, name: str, spacing: float, who: str) -> _Host:
        with self._lock:
            host = self._find(name)
            now = self._clock()
            self._check_rest(name, host, now, who)
            wait = max(host.free_at - now, 0.0) + host.waiting * spacing
            if wait > self._patience:
                raise _busy(name, wait)
            host.waiting += 1
            return host

    def _admit(self, name: str, host: _Host, since: float, who: str) -> None:
        """Let the holder of the turn pass when its time has come."""
        now = self._clock()
        self._check_rest(name, host, now, who)
        if host.down_at > since:
            raise Unreachable(f"{name} could not be reached a moment ago")
        if host.free_at > now:
            self._sleep(min(host.free_at - now, self._patience))  # the politeness itself

    @staticmethod
    def _check_rest(name: str, host: _Host, now: float, who: str) -> None:
        left = host.rest_until.get(who, 0.0) - now
        if left > 0:
            raise RateLimited(f"{name} asked for a rest", timedelta(seconds=left))

    def _known(self, name: str) -> _Host:
        with self._lock:
            return self._find(name)

    def _find(self, name: str) -> _Host:
        found = self._hosts.get(name)
        if found is None:
            if len(self._hosts) >= MOST_HOSTS:
                self._forget_idle()
            found = self._hosts[name] = _Host()
        return found

    def _forget_idle(self) -> None:
        now = self._clock()
        self._hosts = {name: host for name, host in self._hosts.items() if not host.is_idle(now)}


def _busy(name: str, wait: float) -> RateLimited:
    return RateLimited(f"{name} is busy with other sources", timedelta(seconds=wait))
