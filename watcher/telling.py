"""Who is told of what, and when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.config import Alerts, Channel
from watcher.settings import CONCERNS
from watcher.store.records import CaseRow, Delivery, NewDelivery

LATER = 3  #: urgency of what is no case: digest, health, tests


def urgent_concerns(case: CaseRow) -> tuple[str, ...]:
    """Return the case's concerns of grade 2, safeguarding first."""
    return tuple(concern for concern in CONCERNS if getattr(case, concern) == 2)


def tell(alerts: Alerts, case: CaseRow, change: str, now: datetime) -> list[NewDelivery]:
    """Return the deliveries for a case that must be told now; `change` is "alert" or "raised"."""
    concerns = urgent_concerns(case)
    urgency = min((CONCERNS.index(concern) for concern in concerns), default=LATER)
    return [
        NewDelivery(
            channel=channel.name,
            kind=change,
            key=f"case:{case.reference}:{change}:{case.alerted}",
            payload={"reference": case.reference},
            urgency=urgency,
            due_at=now,
            case_id=case.id,
        )
        for channel in alerts.channels
        if set(channel.concerns) & set(concerns)
    ]


def backups(alerts: Alerts, unsent: Sequence[Delivery], now: datetime) -> list[NewDelivery]:
    """Return copies, for the backup channel, of alerts that their own channel could not take in time.

    `unsent` are alerts older than `alerts.backup_after` or refused for good.
    """
    by_name = {channel.name: channel for channel in alerts.channels}
    found = []
    for delivery in unsent:
        channel = by_name.get(delivery.channel)
        backup = _backup_of(channel, alerts.channels) if channel else None
        if backup:
            found.append(
                NewDelivery(
                    channel=backup.name,
                    kind=delivery.kind,
                    key=delivery.key,
                    payload=delivery.payload,
                    urgency=delivery.urgency,
                    due_at=now,
                    case_id=delivery.case_id,
                )
            )
    return found


def _backup_of(channel: Channel, channels: Sequence[Channel]) -> Channel | None:
    """Return the named backup, or else the next channel in the file's order."""
    if channel.backup:
        return next(other for other in channels if other.name == channel.backup)
    others = [other for other in channels if other.name != channel.name]
    return others[0] if others else None


@dataclass(frozen=True, slots=True)
class Plan:
    """How a channel's waiting alerts leave: some alone, the rest in one message."""

    alone: tuple[Delivery, ...]
    together: tuple[Delivery, ...]
    wait: bool = False  #: True: the hour is full and the last message too fresh


def plan(waiting: Sequence[Delivery], sent: Sequence[datetime], per_hour: int, now: datetime) -> Plan:
    """Keep a storm to `per_hour` messages: the most urgent alone, the rest rolled up, nothing dropped.

    `sent` are the moments of the last hour's alerts on the channel. Once the hour is full, what waits leaves
    in one message after a short silence: 5 minutes where safeguarding is waiting, 20 otherwise.
    """
    ordered = tuple(sorted(waiting, key=lambda delivery: (delivery.urgency, delivery.created_at, delivery.id)))
    free = per_hour - len(sent)
    if len(ordered) <= free:
        return Plan(ordered, ())
    if free > 0:
        return Plan(ordered[: free - 1], ordered[free - 1 :])
    silence = HOLD_SAFEGUARDING if any(delivery.urgency == 0 for delivery in ordered) else HOLD
    if now - max(sent) < silence:
        return Plan((), (), wait=True)
    return Plan((), ordered)


HOUR = timedelta(hours=1)
HOLD_SAFEGUARDING = timedelta(minutes=5)
HOLD = timedelta(minutes=20)
