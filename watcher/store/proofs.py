"""Which weekly tests somebody has acknowledged: the one proof that a channel reaches a person."""

from datetime import datetime

from sqlalchemy import func, select

from watcher.store.database import Database
from watcher.store.people import note
from watcher.store.rows import insert_if_new
from watcher.store.schema import deliveries, proofs


class Proving(Database):
    """The part of the store that concerns weekly tests."""

    def prove(self, federation_id: int, channel: str, week: str, who: str, now: datetime) -> None:
        """Note that a week's test of a channel has reached somebody; the first one counts."""
        values = {"federation_id": federation_id, "channel": channel, "week": week, "at": now, "who": who}
        with self.writing() as connection:
            if insert_if_new(connection, proofs, values):
                note(connection, federation_id, who, "prove", f"channel {channel}"[:120], {"week": week}, now)

    def last_proofs(self, federation_id: int) -> dict[str, datetime]:
        """Return for each channel ever proven when it last was."""
        query = (
            select(proofs.c.channel, func.max(proofs.c.at))
            .where(proofs.c.federation_id == federation_id)
            .group_by(proofs.c.channel)
        )
        with self.reading() as connection:
            return {channel: at for channel, at in connection.execute(query)}

    def unproven(self, federation_id: int, week: str) -> list[str]:
        """Return the channels that were sent a week's test which nobody has acknowledged, by name."""
        proven = select(proofs.c.channel).where(proofs.c.federation_id == federation_id, proofs.c.week == week)
        query = (
            select(deliveries.c.channel)
            .where(
                deliveries.c.federation_id == federation_id,
                deliveries.c.key.in_((f"digest:{week}", f"test:{week}")),
                deliveries.c.channel.not_in(proven),
            )
            .distinct()
            .order_by(deliveries.c.channel)
        )
        with self.reading() as connection:
            return list(connection.scalars(query))

    def was_queued(self, federation_id: int, key: str) -> bool:
        """Tell whether any channel was told something already."""
        query = select(deliveries.c.id).where(deliveries.c.federation_id == federation_id, deliveries.c.key == key)
        with self.reading() as connection:
            return connection.scalar(query.limit(1)) is not None
