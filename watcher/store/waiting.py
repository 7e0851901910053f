"""What waits to be done, over every federation of a store. Only looks; whoever does it claims it first."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from watcher.store.database import Database
from watcher.store.records import DueSource, Overdue
from watcher.store.schema import deliveries, federations, sources


class Waiting(Database):
    """The part of the store that tells what nobody has taken up yet."""

    def due_sources(self, now: datetime, limit: int) -> list[DueSource]:
        """Return sources that are due and that nobody polls, longest due first."""
        query = (
            select(sources.c.federation_id, sources.c.name, sources.c.kind, sources.c.address)
            .where(_is_idle(now), sources.c.due_at <= now)
            .order_by(sources.c.due_at)
            .limit(limit)
        )
        with self.reading() as connection:
            return [DueSource(*row) for row in connection.execute(query)]

    def due_to_tell(self, now: datetime) -> list[int]:
        """Return the federations for which a message is due, or was left behind by a dead process."""
        query = select(deliveries.c.federation_id).where(_is_due(now)).distinct()
        with self.reading() as connection:
            return list(connection.scalars(query))

    def federation_ids(self) -> list[int]:
        """Return every federation."""
        with self.reading() as connection:
            return list(connection.scalars(select(federations.c.id).order_by(federations.c.id)))

    def overdue(self, federation_id: int, since: datetime) -> Overdue:
        """Count what was due at `since` already and is still taken up by nobody."""
        with self.reading() as connection:
            return Overdue(
                sources=_count(connection, sources, federation_id, _is_idle(since), sources.c.due_at <= since),
                messages=_count(connection, deliveries, federation_id, _is_due(since)),
            )

    def oldest_unsent(self, federation_id: int) -> datetime | None:
        """Return since when the oldest message that was tried waits to be accepted; None where none does."""
        query = select(func.min(deliveries.c.created_at)).where(
            deliveries.c.federation_id == federation_id,
            deliveries.c.state.in_(("pending", "sending", "handed")),
            deliveries.c.attempts > 0,
        )
        with self.reading() as connection:
            found: datetime | None = connection.scalar(query)
            return found


def _is_idle(now: datetime) -> ColumnElement[bool]:
    return and_(sources.c.active, or_(sources.c.lease_until.is_(None), sources.c.lease_until < now))


def _is_due(now: datetime) -> ColumnElement[bool]:
    waits = and_(deliveries.c.state == "pending", deliveries.c.due_at <= now)
    left = and_(deliveries.c.state.in_(("sending", "handed")), deliveries.c.lease_until < now)
    return or_(waits, left)


def _count(connection: Any, table: Any, federation_id: int, *which: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(table.c.federation_id == federation_id, *which)
    return int(connection.scalar(query))
