"""Sources: which are due, who polls them, how they fare."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, update

from sources.source import Held
from watcher.store.database import Database, wait_for_turn
from watcher.store.records import Claim, NewDelivery, Poll, SourceRow, SourceSpec
from watcher.store.rows import add_deliveries, insert, record_of
from watcher.store.schema import cases, federations, mentions, sources
from watcher.store.together import Together

_SOURCE_COLUMNS = tuple(sources.c[column.name] for column in fields(SourceRow))
_CLAIMED = (
    sources.c.id.label("source_id"),
    *(sources.c[name] for name in ("federation_id", "name", "cursor", "failures", "rechecked_at")),
    select(mentions.c.id).where(mentions.c.source_id == sources.c.id).exists().label("has_mentions"),
)
SUCCESS = (
    update(sources)
    .where(sources.c.id == bindparam("source"), sources.c.lease_token == bindparam("token"))
    .values(
        cursor=bindparam("new_cursor"),
        due_at=bindparam("due"),
        last_success_at=bindparam("now"),
        seen=bindparam("shown"),
        item_count=sources.c.item_count + bindparam("new"),
        last_new_at=case((bindparam("new") > 0, bindparam("now")), else_=sources.c.last_new_at),
        remark=bindparam("said"),
        partial=bindparam("in_part"),
        failures=0,
        failing_since=None,
        error_kind=None,
        error=None,
        reported_blind_at=None,
        lease_token=None,
        lease_until=None,
    )
)


Success = Mapping[str, Any]  #: what SUCCESS is told of one poll


def success(claim: Claim, poll: Poll, now: datetime) -> Success:
    """Return what is noted of a good poll: where the source got to, and how many items were new."""
    return {
        "source": claim.source_id,
        "token": claim.token,
        "new_cursor": poll.cursor,
        "shown": poll.seen,
        "new": poll.new_items,
        "said": poll.remark,
        "in_part": poll.partial,
        "due": poll.next_due,
        "now": now,
    }


class Polling(Database):
    """The part of the store that concerns sources."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._successes = Together(self._note_successes)

    def ensure_federation(self, name: str, reference: str, now: datetime) -> int:
        """Return the federation's id; make it known at the first time."""
        with self.writing() as connection:
            wait_for_turn(connection)
            found = connection.scalar(select(federations.c.id).where(federations.c.name == name))
            if found is None:
                values = {"name": name, "reference": reference, "created_at": now}
                return insert(connection, federations, values)
            connection.execute(update(federations).where(federations.c.id == found).values(reference=reference))
            return int(found)

    def federation_since(self, federation_id: int) -> datetime:
        """Return when the federation became known."""
        with self.reading() as connection:
            found: datetime | None = connection.scalar(
                select(federations.c.created_at).where(federations.c.id == federation_id)
            )
        assert found is not None  # noqa: S101  # the caller got the id from ensure_federation
        return found

    def sync_sources(self, federation_id: int, specs: Sequence[SourceSpec], now: datetime) -> None:
        """Bring the table up to the configuration; what left it keeps its cursor, inactive."""
        with self.writing() as connection:
            wait_for_turn(connection)
            query = select(sources.c.name, sources.c.id).where(sources.c.federation_id == federation_id)
            known = {name: source_id for name, source_id in connection.execute(query)}
            connection.execute(update(sources).where(sources.c.federation_id == federation_id).values(active=False))
            for spec in specs:
                self._sync_source(connection, federation_id, known.get(spec.name), spec, now)

    @staticmethod
    def _sync_source(
        connection: Connection, federation_id: int, known: int | None, spec: SourceSpec, now: datetime
    ) -> None:
        values = {
            "kind": spec.kind,
            "address": spec.address,
            "every_seconds": int(spec.every.total_seconds()),
            "active": True,
        }
        if known is None:
            new = {"federation_id": federation_id, "name": spec.name, "due_at": now}
            connection.execute(sources.insert().values(values | new))
            return
        moved = or_(sources.c.kind != spec.kind, sources.c.address != spec.address)
        # Another address has other ids and validators: the old cursor would hide its posts.
        connection.execute(update(sources).where(sources.c.id == known, moved).values(cursor=None, due_at=now))
        connection.execute(update(sources).where(sources.c.id == known).values(values))

    def claim_due(
        self,
        federation_id: int,
        now: datetime,
        lease: timedelta,
        limit: int,
        *,
        everything: bool = False,
        name: str = "",
    ) -> list[Claim]:
        """Lease the sources that are due (or all), longest due first, so that two workers never poll one.

        With a name, that source alone.
        """
        free = or_(sources.c.lease_until.is_(None), sources.c.lease_until < now)
        query = (
            select(*_CLAIMED)
            .where(sources.c.federation_id == federation_id, sources.c.active, free)
            .order_by(sources.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        if not everything:
            query = query.where(sources.c.due_at <= now)
        if name:
            query = query.where(sources.c.name == name)
        with self.writing() as connection:
            rows = connection.execute(query).all()
            token = secrets.token_hex(16)
            ids = [row.source_id for row in rows]
            if ids:
                lease_values = {"lease_token": token, "lease_until": now + lease}
                connection.execute(update(sources).where(sources.c.id.in_(ids)).values(lease_values))
        return [Claim(**row._mapping, token=token) for row in rows]

    def posts_to_recheck(self, claim: Claim, limit: int, seen_before: datetime) -> tuple[Held, ...]:
        """Return a source's posts that are not known to be gone: those of open cases, then those of digests."""
        of_digest = and_(
            mentions.c.case_id.is_(None), mentions.c.decision == "digest", mentions.c.text.is_not(None)
        )
        query = (
            select(mentions.c.post_id, mentions.c.url)
            .outerjoin(cases, cases.c.id == mentions.c.case_id)
            .where(mentions.c.source_id == claim.source_id, mentions.c.gone_at.is_(None))
            .where(mentions.c.first_seen_at < seen_before, or_(cases.c.state == "open", of_digest))
            .order_by(mentions.c.case_id.is_(None), mentions.c.id.desc())
            .limit(limit)
        )
        with self.reading() as connection:
            return tuple(Held(*row) for row in connection.execute(query))

    def unchanged_poll(self, claim: Claim, cursor: str, seen: int, next_due: datetime, now: datetime) -> None:
        """Note that a source answered without anything new; gives the lease back."""
        self.note_success(success(claim, Poll((), cursor, seen, 0, next_due), now))

    def note_success(self, noted: Success) -> None:
        """Note a poll of which nothing is to be filed, together with those that end at the same moment."""
        if self.sqlite:
            self._successes.add(noted)
        else:  # a pool of connections has no queue, and rows that are locked one by one cannot deadlock
            self._note_successes([noted])

    def _note_successes(self, noted: Sequence[Success]) -> None:
        with self.writing() as connection:
            connection.execute(SUCCESS, noted)

    def fail_poll(
        self,
        claim: Claim,
        kind: str,
        error: str,
        next_due: datetime,
        now: datetime,
        *,
        cursor: str | None = None,
    ) -> None:
        """Note a failure; the cursor stays where it was, or notes what was spent. Gives the lease back."""
        spent = {} if cursor is None else {"cursor": cursor}
        with self.writing() as connection:
            connection.execute(
                update(sources)
                .where(sources.c.id == claim.source_id, sources.c.lease_token == claim.token)
                .values(
                    failures=sources.c.failures + 1,
                    failing_since=func.coalesce(
                        sources.c.failing_since, bindparam("since", now, sources.c.due_at.type)
                    ),
                    error_kind=kind,
                    error=error[:500],
                    due_at=next_due,
                    lease_token=None,
                    lease_until=None,
                    **spent,
                )
            )

    def sources(self, federation_id: int) -> list[SourceRow]:
        """Return the active sources, by name."""
        query = (
            select(*_SOURCE_COLUMNS)
            .where(sources.c.federation_id == federation_id, sources.c.active)
            .order_by(sources.c.name)
        )
        with self.reading() as connection:
            return [record_of(SourceRow, row) for row in connection.execute(query)]

    def cursor_of(self, federation_id: int, name: str) -> str | None:
        """Return where a source got to; None where it was never polled, or is not known."""
        query = select(sources.c.cursor).where(sources.c.federation_id == federation_id, sources.c.name == name)
        with self.reading() as connection:
            found: str | None = connection.scalar(query)
        return found

    def change_cursor(self, federation_id: int, name: str, change: Callable[[str | None], str]) -> None:
        """Change where a source got to. A poll that is going on at the moment overwrites it."""
        with self.writing() as connection:
            query = select(sources.c.id, sources.c.cursor).where(
                sources.c.federation_id == federation_id, sources.c.name == name
            )
            row = connection.execute(query.with_for_update()).one_or_none()
            if row:
                values = {"cursor": change(row.cursor)}
                connection.execute(update(sources).where(sources.c.id == row.id).values(values))

    def report_blind(self, source_ids: Sequence[int], told: Sequence[NewDelivery], now: datetime) -> None:
        """Queue a word on blind sources and note that it was said, together."""
        with self.writing() as connection:
            federation_id = connection.scalar(select(sources.c.federation_id).where(sources.c.id == source_ids[0]))
            add_deliveries(connection, int(federation_id or 0), told, now)
            connection.execute(update(sources).where(sources.c.id.in_(source_ids)).values(reported_blind_at=now))
