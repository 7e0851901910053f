"""The outbox table: what is to be sent, who is sending it, what became of it.

pending -> sending (leased) -> handed (on the wire) -> sent; or back to pending after a failure. A process that
dies while sending has sent nothing; one that dies after it handed over may have, so the message is due again,
marked as a possible repeat. Every mark carries the lease's token, so that a process whose lease has passed to
another neither sends nor overwrites what the other did.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, true, update

from watcher.store.database import Database
from watcher.store.records import Delivery, NewDelivery
from watcher.store.rows import add_deliveries
from watcher.store.schema import deliveries, sources

ALERTS = ("alert", "raised")
_MESSAGES = ("alert", "raised", "rollup")


class Sending(Database):
    """The part of the store that concerns deliveries."""

    def add_deliveries(self, federation_id: int, wanted: Iterable[NewDelivery], now: datetime) -> int:
        """Put messages into the outbox; what a channel was told already is left out."""
        with self.writing() as connection:
            return add_deliveries(connection, federation_id, wanted, now)

    def claim_deliveries(
        self, federation_id: int, channel: str, now: datetime, lease: timedelta, limit: int
    ) -> list[Delivery]:
        """Lease what is due on a channel, the most urgent first."""
        query = (
            select(deliveries)
            .where(
                deliveries.c.federation_id == federation_id,
                deliveries.c.channel == channel,
                deliveries.c.state == "pending",
                deliveries.c.due_at <= now,
            )
            .order_by(deliveries.c.urgency, deliveries.c.created_at, deliveries.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        token = secrets.token_hex(16)
        with self.writing() as connection:
            rows = connection.execute(query).all()
            if rows:
                connection.execute(
                    update(deliveries)
                    .where(deliveries.c.id.in_([row.id for row in rows]))
                    .values(state="sending", lease_token=token, lease_until=now + lease)
                )
        return [_delivery(row, token) for row in rows]

    def hand_over(self, delivery: Delivery) -> bool:
        """Note that a message goes over the wire now; False where the lease has passed to another process."""
        return self._mark(delivery, state="handed")

    def mark_sent(self, delivery: Delivery, now: datetime) -> bool:
        """The next server has accepted it."""
        return self._mark(delivery, state="sent", sent_at=now, error=None, attempts=delivery.attempts + 1)

    def mark_retry(self, delivery: Delivery, error: str, due_at: datetime) -> bool:
        """It was not accepted and is due again."""
        return self._mark(
            delivery,
            state="pending",
            error=error,
            due_at=due_at,
            lease_token=None,
            attempts=delivery.attempts + 1,
        )

    def mark_ambiguous(self, delivery: Delivery, error: str, now: datetime) -> bool:
        """It may have arrived: due once more as a possible repeat; at the second time it stays so."""
        state = "ambiguous" if delivery.repeat else "pending"
        return self._mark(
            delivery,
            state=state,
            repeat=True,
            error=error,
            due_at=now + timedelta(seconds=30),
            lease_token=None,
            attempts=delivery.attempts + 1,
        )

    def mark_refused(self, delivery: Delivery, error: str) -> bool:
        """Only a person can mend it; `revive_failed` tries again after a restart."""
        return self._mark(delivery, state="failed", error=error, lease_token=None, attempts=delivery.attempts + 1)

    def revive_failed(self, federation_id: int, since: datetime, now: datetime) -> None:
        """Make refused messages due again: somebody may have mended the channel."""
        with self.writing() as connection:
            connection.execute(
                update(deliveries)
                .where(
                    deliveries.c.federation_id == federation_id,
                    deliveries.c.state == "failed",
                    deliveries.c.created_at > since,
                )
                .values(state="pending", due_at=now)
            )

    def recover_expired(self, now: datetime) -> None:
        """Make due again what a dead process was sending."""
        self._recover(deliveries.c.lease_until < now, now)

    def take_back_leases(self, now: datetime) -> None:
        """End every lease at once. Only for a process that knows itself to be the only one."""
        self._recover(true(), now)
        with self.writing() as connection:
            connection.execute(
                update(sources).where(sources.c.lease_token.is_not(None)).values(lease_token=None, lease_until=None)
            )

    def waiting_alerts(self, federation_id: int, channel: str, now: datetime) -> list[Delivery]:
        """Return first-time alerts that are due on a channel and not yet being sent."""
        query = select(deliveries).where(
            deliveries.c.federation_id == federation_id,
            deliveries.c.channel == channel,
            deliveries.c.state == "pending",
            deliveries.c.kind.in_(ALERTS),
            deliveries.c.attempts == 0,
            deliveries.c.due_at <= now,
        )
        return self._deliveries(query)

    def alerts_sent_since(self, federation_id: int, channel: str, moment: datetime) -> list[datetime]:
        """Return when alerts, single or rolled up, were last accepted on a channel."""
        query = select(deliveries.c.sent_at).where(
            deliveries.c.federation_id == federation_id,
            deliveries.c.channel == channel,
            deliveries.c.kind.in_(_MESSAGES),
            deliveries.c.sent_at > moment,
        )
        with self.reading() as connection:
            return [sent_at for (sent_at,) in connection.execute(query) if sent_at]

    def postpone(self, ids: Sequence[int], due_at: datetime) -> None:
        """Let waiting messages wait."""
        with self.writing() as connection:
            connection.execute(
                update(deliveries)
                .where(deliveries.c.id.in_(ids), deliveries.c.state == "pending")
                .values(due_at=due_at)
            )

    def roll_up(self, federation_id: int, parts: Sequence[Delivery], whole: NewDelivery, now: datetime) -> bool:
        """Replace several waiting messages by one that carries them all; False where one of them waits no more."""
        waiting = deliveries.c.id.in_([part.id for part in parts]), deliveries.c.state == "pending"
        with self.writing() as connection:
            held = connection.execute(select(deliveries.c.id).where(*waiting).with_for_update()).all()
            if len(held) < len(parts):
                return False  # another process sends it already, or has rolled it up
            add_deliveries(connection, federation_id, [whole], now)
            found = connection.scalar(
                select(deliveries.c.id).where(
                    deliveries.c.federation_id == federation_id,
                    deliveries.c.channel == whole.channel,
                    deliveries.c.key == whole.key,
                )
            )
            connection.execute(update(deliveries).where(*waiting).values(state="rolled", rolled_into=found))
            return True

    def unsent_alerts(self, federation_id: int, before: datetime) -> list[Delivery]:
        """Return alerts, single or rolled up, that their channel refused, may have lost twice, or did not take
        since `before`.
        """
        late = and_(deliveries.c.state.in_(("pending", "sending", "handed")), deliveries.c.created_at < before)
        query = select(deliveries).where(
            deliveries.c.federation_id == federation_id,
            deliveries.c.kind.in_(_MESSAGES),
            deliveries.c.attempts > 0,
            or_(late, deliveries.c.state.in_(("failed", "ambiguous"))),
        )
        return self._deliveries(query)

    def delivery_problems(self, federation_id: int) -> list[tuple[str, str]]:
        """Return channel and last error of what is not getting through."""
        query = (
            select(deliveries.c.channel, func.max(deliveries.c.error))
            .where(
                deliveries.c.federation_id == federation_id,
                deliveries.c.state.in_(("pending", "failed", "ambiguous")),
                deliveries.c.error.is_not(None),
            )
            .group_by(deliveries.c.channel)
        )
        with self.reading() as connection:
            return [(channel, error) for channel, error in connection.execute(query)]

    def failing_channels(self, federation_id: int, before: datetime) -> list[tuple[str, str]]:
        """Return channels, with their last error, that have not taken a message since `before` nor any after it."""
        ours = deliveries.c.federation_id == federation_id
        stuck = (
            select(deliveries.c.channel, func.max(deliveries.c.error), func.max(deliveries.c.created_at))
            .where(
                ours,
                deliveries.c.state.in_(("pending", "failed")),
                deliveries.c.error.is_not(None),
                deliveries.c.created_at < before,
            )
            .group_by(deliveries.c.channel)
            .order_by(deliveries.c.channel)
        )
        taken = (
            select(deliveries.c.channel, func.max(deliveries.c.sent_at)).where(ours).group_by(deliveries.c.channel)
        )
        with self.reading() as connection:
            last = {channel: sent_at for channel, sent_at in connection.execute(taken)}
            rows = connection.execute(stuck).all()
        return [(channel, error) for channel, error, since in rows if not (last[channel] and last[channel] > since)]

    def _recover(self, which: ColumnElement[bool], now: datetime) -> None:
        again = {"state": "pending", "due_at": now, "lease_token": None, "attempts": deliveries.c.attempts + 1}
        with self.writing() as connection:
            for state, marked in (("sending", {}), ("handed", {"repeat": True})):
                left = update(deliveries).where(which, deliveries.c.state == state)
                connection.execute(left.values(**again, **marked))

    def _mark(self, delivery: Delivery, **values: Any) -> bool:
        with self.writing() as connection:
            result = connection.execute(
                update(deliveries)
                .where(deliveries.c.id == delivery.id, deliveries.c.lease_token == delivery.token)
                .values(**values)
            )
            return result.rowcount == 1

    def _deliveries(self, query: Any) -> list[Delivery]:
        with self.reading() as connection:
            return [_delivery(row, row.lease_token or "") for row in connection.execute(query)]


def _delivery(row: Row[Any], token: str) -> Delivery:
    return Delivery(
        id=row.id,
        channel=row.channel,
        kind=row.kind,
        key=row.key,
        payload=row.payload,
        urgency=row.urgency,
        state=row.state,
        attempts=row.attempts,
        repeat=row.repeat,
        created_at=row.created_at,
        case_id=row.case_id,
        digest_id=row.digest_id,
        token=token,
    )
