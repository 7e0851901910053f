"""Who is told of what, and when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.config import Alerts, Config
from watcher.recipients import backup_of, barred, next_people, told_at_once
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
    urgency = min((CONCERNS.index(concern) for concern in concerns), default=LATER)
    return [
        _of_case(alerts, case, channel.name, f"{change}:{case.alerted}", urgency, due_at(alerts, urgency, now))
        for channel in told_at_once(alerts, case, concerns)
    ]


def _of_case(alerts: Alerts, case: CaseRow, channel: str, word: str, urgency: int, due: datetime) -> NewDelivery:
    """Return a message of a case; `word` is its kind and, after a colon, which of that kind it is.

    It carries where it must not go should its channel fail.
    """
    closed = sorted(barred(alerts, case))
    return NewDelivery(
        channel=channel,
        kind=word.partition(":")[0],
        key=f"case:{case.reference}:{word}",
        payload={"reference": case.reference} | ({"not_to": closed} if closed else {}),
        urgency=urgency,
        due_at=due,
        case_id=case.id,
    )


def due_at(alerts: Alerts, urgency: int, now: datetime) -> datetime:
    """Return when a message leaves: what can wait, after the quiet hours; safeguarding never waits."""
    quiet = alerts.quiet
    if quiet is None or urgency == 0 or not in_quiet_hours(now, (quiet.begins, quiet.ends), quiet.timezone):
        return now
    return quiet_ends(now, (quiet.begins, quiet.ends), quiet.timezone)


def escalations(config: Config, case: CaseRow, now: datetime) -> list[NewDelivery]:
    """Return the messages to the next people where nobody has acknowledged a case in the working time allowed.

    While the school is closed only safeguarding goes on; whoever is accused is passed over.
    """
    allowed, alerts = config.escalation, config.alerts
    if case.acknowledged_at or case.state != "open":
        return []
    told = [channel.name for channel in told_at_once(alerts, case, urgent_concerns(case))]
    steps = next_people(alerts, case, allowed.to, allowed.order, told)
    closed = () if case.safeguarding == 2 else allowed.closed
    due = [
        channel
        for number, channel in enumerate(steps, 1)
        if now >= after_working_hours(case.opened_at, number * allowed.after, config.federation.timezone, closed)
    ]
    urgency = 0 if case.safeguarding == 2 else 1
    return [_of_case(alerts, case, channel, f"escalated:{case.alerted}", urgency, now) for channel in due]


def afterwards(alerts: Alerts, case: CaseRow, told: Sequence[str], word: str, now: datetime) -> list[NewDelivery]:
    """Return a quiet word to those who were told of a case: "gone", or "changed" with when. It can wait."""
    closed = barred(alerts, case)
    return [
        _of_case(alerts, case, channel, word, LATER, due_at(alerts, LATER, now))
        for channel in told
        if channel not in closed
    ]


def backups(alerts: Alerts, unsent: Sequence[Delivery], now: datetime) -> list[NewDelivery]:
    """Return copies, for the backup channel, of alerts that their own channel could not take in time.

    `unsent` are alerts older than `alerts.backup_after` or refused for good.
    """
    by_name = {channel.name: channel for channel in alerts.channels}
    found = []
    for delivery in unsent:
        channel = by_name.get(delivery.channel)
        backup = backup_of(alerts, channel, delivery.payload.get("not_to", ())) if channel else None
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
