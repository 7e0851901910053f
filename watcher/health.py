"""How well the service sees, in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from watcher.messages import school_time
from watcher.store.records import Overdue, SourceRow

LEFT_AFTER = timedelta(minutes=15)  #: what was due for so long and taken up by nobody was left lying
AGAIN = timedelta(days=1)  #: people are told of the same blindness once a day


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be said of one source."""

    name: str
    kind: str
    state: str  #: "sees", "partly", "blind", "empty", "waiting"
    words: str

    @property
    def sees(self) -> bool:
        """Whether it can be relied upon."""
        return self.state in ("sees", "waiting")


_CAUSES = {
    "Unreachable": "cannot be reached",
    "RateLimited": "asks us to wait",
    "Malformed": "cannot be understood",
    "Refused": "refuses to answer",
}


def sight(source: SourceRow, zone: ZoneInfo) -> Sight:
    """Say how well one source can be seen."""
    if source.failing_since:
        cause = _CAUSES.get(source.error_kind or "", "fails")
        since = f"{cause} since {school_time(source.failing_since, zone)}"
        tries = f"{source.failures} {'try' if source.failures == 1 else 'tries'}"
        return Sight(source.name, source.kind, "blind", f"{since} ({tries}): {source.error}")
    if source.last_success_at is None:
        return Sight(source.name, source.kind, "waiting", "not asked yet")
    last = school_time(source.last_success_at, zone)
    if source.seen == 0 and source.item_count > 0:
        return Sight(source.name, source.kind, "empty", f"answers (last {last}), but shows nothing any more")
    state = "partly" if source.partial else "sees"
    remark = f"; {source.remark}" if source.remark else ""
    return Sight(source.name, source.kind, state, f"last read {last}, {source.seen} items shown{remark}")


def left_lying(overdue: Overdue) -> list[str]:
    """Say what work nobody takes up. What fails is taken up again and again, and is not meant here."""
    counted = (("overdue sources", overdue.sources), ("overdue messages", overdue.messages))
    return [name for name, count in counted if count]


def to_report(sources: Sequence[SourceRow], now: datetime, after: timedelta) -> list[SourceRow]:
    """Return the sources blind for longer than `after` of which people were not told within a day."""
    return [
        source
        for source in sources
        if source.failing_since
        and now - source.failing_since >= after
        and (source.reported_blind_at is None or now - source.reported_blind_at >= AGAIN)
    ]
