"""How often a password may be tried. A stranger who guesses must not lock the head out.

Each account has a bucket of tries that fills slowly. A browser from which somebody has signed in before has a
bucket of its own, so that guesses from elsewhere do not slow that person down. Where strangers have emptied the
account's bucket, a try still counts that brings the right code of the second factor: nobody guesses that by the
thousand, so this last bucket is there for the person whose phone shows the code.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many tries at once, and how long until another one is there."""

    tries: int
    every: timedelta


STRANGER = Allowance(4, timedelta(minutes=5))  #: 16 in an hour; with PROVED never more than 20
PROVED = Allowance(3, timedelta(hours=1))  #: with the right code, where strangers have left nothing: 4 in an hour
KNOWN = Allowance(8, timedelta(minutes=5))  #: a browser that has signed in to this account before: 20 in an hour
ADDRESS = Allowance(30, timedelta(seconds=10))  #: one network address, over all accounts
_MOST = 10_000  #: buckets kept; full ones are forgotten first


@dataclass(slots=True)
class _Bucket:
    left: float
    at: datetime


class Throttle:
    """Counts tries by name. Thread-safe; forgotten at a restart."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def allows(self, name: str, allowance: Allowance, now: datetime) -> bool:
        """Take one try; False where none is left."""
        with self._lock:
            bucket = self._filled(name, allowance, now)
            if bucket.left < 1:
                return False
            bucket.left -= 1
            return True

    def give_back(self, name: str) -> None:
        """Give one try back: it was no guess."""
        with self._lock:
            if name in self._buckets:
                self._buckets[name].left += 1

    def _filled(self, name: str, allowance: Allowance, now: datetime) -> _Bucket:
        if len(self._buckets) > _MOST:
            self._buckets = {key: kept for key, kept in self._buckets.items() if now - kept.at < timedelta(hours=1)}
        bucket = self._buckets.setdefault(name, _Bucket(allowance.tries, now))
        grown = max(now - bucket.at, timedelta(0)) / allowance.every
        bucket.left, bucket.at = min(float(allowance.tries), bucket.left + grown), now
        return bucket
