"""Allowances that a platform gives or a school pays for: counted in the cursor, checked before each call."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sources.documents import string, table, value
from sources.errors import RateLimited, SourceError
from sources.seen import Seen


@dataclass(frozen=True, slots=True)
class Bill:
    """What something cost that was asked beside the polls."""

    period: str
    amount: float


def billed(before: str | None, after: str | None) -> Bill | None:
    """Return what was spent between two cursors of one source; None where nothing is metered."""
    paid = table(Seen.read(after).extra, "meter")
    spent = value(paid, "spent")
    if not isinstance(spent, int | float):
        return None
    known = table(Seen.read(before).extra, "meter")
    same = string(known, "period") == string(paid, "period")
    was = value(known, "spent") if same else 0.0
    return Bill(string(paid, "period"), float(spent) - (float(was) if isinstance(was, int | float) else 0.0))


def charged(cursor: str | None, bill: Bill) -> str:
    """Return a cursor to whose count a bill was added; what it says of posts stays."""
    seen = Seen.read(cursor)
    kept = table(seen.extra, "meter")
    spent = value(kept, "spent") if string(kept, "period") == bill.period else 0.0
    total = (float(spent) if isinstance(spent, int | float) else 0.0) + bill.amount
    return replace(seen, extra=seen.extra | {"meter": {"period": bill.period, "spent": round(total, 4)}}).write()


class Spent(RateLimited):
    """An allowance is used up until its next period."""


@dataclass(slots=True)
class Meter:
    """What was spent of an allowance in the current period."""

    what: str  #: "searches a day", for messages
    most: float
    period: str  #: a name of the period that is now: "2026-11-24"
    ends: datetime  #: when the next begins; aware, UTC
    spent: float = 0.0

    def opened(self, seen: Seen) -> "Meter":
        """Return the meter as a cursor has it; empty where its period is over."""
        kept = table(seen.extra, "meter")
        spent = value(kept, "spent")
        same = string(kept, "period") == self.period and isinstance(spent, int | float)
        return replace(self, spent=float(spent) if same else 0.0)

    @property
    def left(self) -> float:
        """What may still be spent."""
        return max(self.most - self.spent, 0.0)

    def check(self, cost: float, now: datetime) -> None:
        """Raise Spent until the next period where a call could cost more than is left."""
        if self.spent + cost > self.most + 1e-9:
            raise Spent(f"the {self.what} are used up: {self.spent:g} of {self.most:g}", self.ends - now)

    def spend(self, cost: float, now: datetime) -> None:
        """Count a call before it is made, since one that fails costs as well. Raises Spent."""
        self.check(cost, now)
        self.spent += cost

    def noted(self, seen: Seen) -> Seen:
        """Return the cursor with what was spent."""
        kept: dict[str, Any] = {"period": self.period, "spent": round(self.spent, 4)}
        return replace(seen, extra=seen.extra | {"meter": kept})

    @contextmanager
    def remembered(self, seen: Seen) -> Iterator[None]:
        """Have what was spent remembered although a poll fails."""
        try:
            yield
        except SourceError as error:
            error.cursor = self.noted(seen).write()
            raise
