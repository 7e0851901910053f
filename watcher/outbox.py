"""How the head is told: deliveries leave the table one by one, at least once, and a storm leaves together."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from watcher.config import Channel, Config
from watcher.failpoints import failpoint
from watcher.messages import Message
from watcher.notify import Fate, MayGo, Outcome, send
from watcher.schedule import next_attempt
from watcher.store import Store
from watcher.store.records import Delivery, NewDelivery
from watcher.telling import HOUR, Plan, backups, plan

LEASE = timedelta(seconds=90)  #: longer than one message takes, however slow its server
A_ROUND = 20  #: messages a channel sends before the other duties of a round have their turn
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one round of the outbox did."""

    sent: int = 0
    failed: int = 0  #: attempts that did not get through

    def __add__(self, other: "Delivered") -> "Delivered":
        """Add two rounds."""
        return Delivered(self.sent + other.sent, self.failed + other.failed)


@dataclass(frozen=True, slots=True)
class Outbox:
    """Sends what is due. `render` turns a delivery into a message from what the store holds now."""

    config: Config
    store: Store
    federation_id: int
    render: Callable[[Delivery], Message]
    now: Callable[[], datetime]
    jitter: random.Random
    send: Callable[[str, Message, str, MayGo], Outcome] = send

    def deliver(self) -> Delivered:
        """Send everything that is due, channel by channel side by side."""
        self.store.recover_expired(self.now())
        self._call_backups()
        channels = self.config.alerts.channels
        with ThreadPoolExecutor(max_workers=min(len(channels), 4)) as pool:
            return sum(pool.map(self._deliver_channel, channels), Delivered())

    def _call_backups(self) -> None:
        now = self.now()
        unsent = self.store.unsent_alerts(self.federation_id, now - self.config.alerts.backup_after)
        copies = backups(self.config.alerts, unsent, now)
        if copies:
            self.store.add_deliveries(self.federation_id, copies, now)

    def _deliver_channel(self, channel: Channel) -> Delivered:
        """Send what is due on a channel, leasing one at a time: only what was really on its way may be repeated."""
        done = Delivered()
        for _ in range(A_ROUND):
            self._roll_up(channel)
            claimed = self.store.claim_deliveries(self.federation_id, channel.name, self.now(), LEASE, limit=1)
            if not claimed:
                break
            failpoint("after_lease")
            done += self._deliver_one(channel, claimed[0])
        return done

    def _roll_up(self, channel: Channel) -> None:
        """Join a storm's waiting alerts, or hold them until the hour has room again."""
        now = self.now()
        waiting = self.store.waiting_alerts(self.federation_id, channel.name, now)
        sent = self.store.alerts_sent_since(self.federation_id, channel.name, now - HOUR)
        decided: Plan = plan(waiting, sent, self.config.alerts.per_hour, now)
        if decided.wait:
            self.store.postpone([delivery.id for delivery in waiting], now + timedelta(minutes=1))
        if len(decided.together) > 1:
            self.store.roll_up(self.federation_id, decided.together, _joined(decided.together, now), now)

    def _deliver_one(self, channel: Channel, delivery: Delivery) -> Delivered:
        outcome = self._attempt(channel, delivery)
        failpoint("after_send")
        self._mark(delivery, outcome)
        failpoint("after_mark")
        log.info(
            "delivery", channel=channel.name, kind=delivery.kind, reference=delivery.reference,
            fate=outcome.fate.value, error=outcome.error or None, attempt=delivery.attempts + 1,
        )  # fmt: skip
        return Delivered(sent=1) if outcome.fate is Fate.SENT else Delivered(failed=1)

    def _attempt(self, channel: Channel, delivery: Delivery) -> Outcome:
        try:
            message = self.render(delivery)
            failpoint("before_send")
        except Exception as error:  # one message that cannot be written must not keep the others from leaving
            log.exception("message cannot be written", kind=delivery.kind, reference=delivery.reference)
            return Outcome(Fate.RETRY, f"the message cannot be written ({type(error).__name__})")
        may_go = partial(self.store.hand_over, delivery)
        return self.send(channel.url, message, delivery.reference, may_go)

    def _mark(self, delivery: Delivery, outcome: Outcome) -> None:
        now = self.now()
        if outcome.fate is Fate.SENT:
            self.store.mark_sent(delivery, now)
        elif outcome.fate is Fate.AMBIGUOUS:
            self.store.mark_ambiguous(delivery, outcome.error, now)
        elif outcome.fate is Fate.REFUSED:
            self.store.mark_refused(delivery, outcome.error)
        else:
            pause = now + (outcome.retry_after or timedelta(0))
            due = max(next_attempt(now, delivery.attempts + 1, self.jitter), pause)
            self.store.mark_retry(delivery, outcome.error, due)


def _joined(deliveries: tuple[Delivery, ...], now: datetime) -> NewDelivery:
    first = deliveries[0]
    closed = sorted({name for delivery in deliveries for name in delivery.payload.get("not_to", ())})
    return NewDelivery(
        channel=first.channel,
        kind="rollup",
        key=f"rollup:{first.id}-{len(deliveries)}",
        payload={"references": [delivery.payload["reference"] for delivery in deliveries], "not_to": closed},
        urgency=first.urgency,
        due_at=now,
        case_id=None,
    )
