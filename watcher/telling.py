"""Who is told of what, and when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.config import Alerts, Channel, Config
from watcher.settings import CONCERNS
from watcher.store.records import CaseRow, Delivery, NewDelivery
from watcher.workdays import after_working_hours, in_quiet_hours, quiet_ends

LATER = 3  #: urgency of what is no case: digest, health, tests


def urgent_concerns(case: CaseRow) -> tuple[str, ...]:
    """Return the case's concerns of grade 2, safeguarding first."""
    return tuple(concern for concern in CONCERNS if getattr(case, concern) == 2)


def tell(alerts: Alerts, case: CaseRow, change: str, now: datetime) -> list[NewDelivery]:
    """Return the deliveries for a case that must be told now; `change` is "alert" or "raised"."""
    concerns = urgent_concerns(case)
    to_chair = case.concerns_head and alerts.chair
    urgency = min((CONCERNS.index(concern) for concern in concerns), default=LATER)
    return [
        NewDelivery(
            channel=channel.name,
            kind=change,
            key=f"case:{case.reference}:{change}:{case.alerted}",
            payload={"reference": case.reference},
            urgency=urgency,
            due_at=due_at(alerts, urgency, now),
            case_id=case.id,
        )
        for channel in alerts.channels
        if (channel.name == alerts.chair if to_chair else _is_told(alerts, channel, concerns))
    ]


def _is_told(alerts: Alerts, channel: Channel, concerns: Sequence[str]) -> bool:
    """The chair is told of allegations against the head, and of nothing else."""
    return channel.name != alerts.chair and bool(set(channel.concerns) & set(concerns))


def due_at(alerts: Alerts, urgency: int, now: datetime) -> datetime:
    """Return when a message leaves: what can wait, after the quiet hours; safeguarding never waits."""
    quiet = alerts.quiet
    if quiet is None or urgency == 0 or not in_quiet_hours(now, (quiet.begins, quiet.ends), quiet.timezone):
        return now
    return quiet_ends(now, (quiet.begins, quiet.ends), quiet.timezone)


def escalation(config: Config, case: CaseRow, now: datetime) -> NewDelivery | None:
    """Return the message to the next person where nobody has acknowledged a case in the working time allowed.

    While the school is closed only safeguarding goes on; an allegation against the head goes to the chair alone.
    """
    allowed = config.escalation
    if not allowed.to or case.acknowledged_at or case.state != "open":
        return None
    if case.concerns_head and config.alerts.chair and allowed.to != config.alerts.chair:
        return None
    closed = () if case.safeguarding == 2 else allowed.closed
    if now < after_working_hours(case.opened_at, allowed.after, config.federation.timezone, closed):
        return None
    return NewDelivery(
        channel=allowed.to,
        kind="escalated",
        key=f"case:{case.reference}:escalated:{case.alerted}",
        payload={"reference": case.reference},
        urgency=0 if case.safeguarding == 2 else 1,
        due_at=now,
        case_id=case.id,
    )


def backups(alerts: Alerts, unsent: Sequence[Delivery], now: datetime) -> list[NewDelivery]:
    """Return copies, for the backup channel, of alerts that their own channel could not take in time.

    `unsent` are alerts older than `alerts.backup_after` or refused for good.
    """
    by_name = {channel.name: channel for channel in alerts.channels}
    found = []
    for delivery in unsent:
        channel = by_name.get(delivery.channel)
        backup = _backup_of(channel, alerts) if channel else None
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


def _backup_of(channel: Channel, alerts: Alerts) -> Channel | None:
    """Return the named backup, or else the next channel in the file's order, never into or out of the chair's."""
    if channel.backup:
        return next(other for other in alerts.channels if other.name == channel.backup)
    if channel.name == alerts.chair:
        return None
    others = [other for other in alerts.channels if other.name not in (channel.name, alerts.chair)]
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
