"""What people decide, and the append-only audit log of it."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from watcher.store.database import Database, StoreError, wait_for_turn
from watcher.store.filing import post_key
from watcher.store.rows import insert_if_new
from watcher.store.schema import audit, bands, cases, judgements, mentions, tombstones, versions

VERDICTS = ("useful", "not-a-concern", "fair-criticism", "not-us", "duplicate", "test")
_ORIGIN = "0" * 64


class Deciding(Database):
    """The part of the store that concerns people's decisions."""

    def acknowledge_case(self, federation_id: int, reference: str, who: str, now: datetime) -> None:
        """Note that a person has seen a case; the first one counts."""
        with self.writing() as connection:
            case_id = case_id_of(connection, federation_id, reference)
            see(connection, case_id, who, now)
            note(connection, federation_id, who, "acknowledge", f"case {reference}", {}, now)

    def close_case(self, federation_id: int, reference: str, verdict: str, who: str, now: datetime) -> None:
        """Close a case with a verdict."""
        if verdict not in VERDICTS:
            raise StoreError(f"verdict: expected one of {', '.join(VERDICTS)}; got {verdict!r}")
        with self.writing() as connection:
            case_id = case_id_of(connection, federation_id, reference)
            values = {"state": "closed", "verdict": verdict, "closed_at": now, "changed_at": now}
            connection.execute(update(cases).where(cases.c.id == case_id).values(values))
            note(connection, federation_id, who, "close", f"case {reference}", {"verdict": verdict}, now)

    def erase_mention(self, federation_id: int, mention_id: int, who: str, now: datetime) -> None:
        """Erase a mention wholly; a keyed hash remains, so that the same post is not taken in again."""
        with self.writing() as connection:
            found = connection.execute(
                select(mentions.c.source_id, mentions.c.post_id).where(
                    mentions.c.id == mention_id, mentions.c.federation_id == federation_id
                )
            ).first()
            if found is None:
                raise StoreError(f"there is no mention {mention_id}")
            key = post_key(connection, found.source_id, found.post_id)
            values = {"federation_id": federation_id, "post_key": key, "erased_at": now}
            insert_if_new(connection, tombstones, values)
            for table in (bands, judgements, versions):
                connection.execute(table.delete().where(table.c.mention_id == mention_id))
            connection.execute(mentions.delete().where(mentions.c.id == mention_id))
            note(connection, federation_id, who, "erase", f"mention {mention_id}", {}, now)

    def audit_is_whole(self, federation_id: int) -> bool:
        """Tell whether no row of the audit log was changed or taken out."""
        query = select(audit).where(audit.c.federation_id == federation_id).order_by(audit.c.id)
        before = _ORIGIN
        with self.reading() as connection:
            for row in connection.execute(query):
                before = _link(before, row.who, row.action, row.subject, row.detail, row.at)
                if before != row.chain:
                    return False
        return True


def note(
    connection: Connection,
    federation_id: int,
    who: str,
    action: str,
    subject: str,
    detail: dict[str, Any],
    now: datetime,
) -> None:
    """Append to the audit log; two that append at once would both follow the same line."""
    wait_for_turn(connection, audit_of=federation_id)
    query = select(audit.c.chain).where(audit.c.federation_id == federation_id).order_by(audit.c.id.desc()).limit(1)
    before = connection.scalar(query) or _ORIGIN
    values = {
        "federation_id": federation_id,
        "at": now,
        "who": who,
        "action": action,
        "subject": subject,
        "detail": detail,
        "chain": _link(before, who, action, subject, detail, now),
    }
    connection.execute(audit.insert().values(values))


def _link(before: str, who: str, action: str, subject: str, detail: dict[str, Any], at: datetime) -> str:
    said = json.dumps([before, who, action, subject, detail, at.timestamp()], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def see(connection: Connection, case_id: int, who: str, now: datetime) -> None:
    """Note who was the first to see a case; whoever looks sees its newest words."""
    connection.execute(update(cases).where(cases.c.id == case_id).values(change=None))
    connection.execute(
        update(cases)
        .where(cases.c.id == case_id, cases.c.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_by=who)
    )


def case_id_of(connection: Connection, federation_id: int, reference: str) -> int:
    """Return the id of a case. Raises StoreError where there is none of that reference."""
    query = select(cases.c.id).where(cases.c.federation_id == federation_id, cases.c.reference == reference)
    found = connection.scalar(query)
    if found is None:
        raise StoreError(f"there is no case {reference}")
    return int(found)
