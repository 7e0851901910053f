"""Forgetting: texts go when their time is over; counts and references stay."""

from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, null, or_, select, update

from watcher.store.database import Database
from watcher.store.people import note
from watcher.store.records import Forgotten
from watcher.store.rows import insert_if_new
from watcher.store.schema import audit, cases, judgements, mentions, settings, versions

#: X wants what is deleted there to be let go within a day. Looking each post up costs, so little is kept.
SHORT = {"x": {"quiet": timedelta(days=1), "digest": timedelta(days=8)}}

_DISMISSED = ("not-a-concern", "fair-criticism", "not-us", "duplicate", "test")


class Retaining(Database):
    """The part of the store that forgets."""

    def forget_due(self, federation_id: int, now: datetime, every: timedelta) -> bool:
        """Tell whether forgetting is due, and note that it is being done."""
        name = f"forgotten_at:{federation_id}"
        with self.writing() as connection:
            query = select(settings.c.value).where(settings.c.name == name)
            last = connection.scalar(query)
            if last and now - datetime.fromisoformat(last) < every:
                return False
            if not insert_if_new(connection, settings, {"name": name, "value": now.isoformat()}):
                connection.execute(update(settings).where(settings.c.name == name).values(value=now.isoformat()))
            return True

    def purge(
        self, federation_id: int, now: datetime, *, quiet: timedelta, digest: timedelta, dismissed: timedelta
    ) -> Forgotten:
        """Take the texts of what is older than its time or was deleted by its author, and note how many.

        Cases that people were told of keep theirs while they are open, and where they proved useful.
        """
        ours = mentions.c.federation_id == federation_id
        in_case = mentions.c.case_id.in_(select(cases.c.id))
        over = select(cases.c.id).where(
            cases.c.state == "closed", cases.c.verdict.in_(_DISMISSED), cases.c.closed_at < now - dismissed
        )
        evidence = select(cases.c.id).where(
            or_(cases.c.verdict == "useful", and_(cases.c.state == "open", cases.c.decision == "alert"))
        )
        lesser = select(cases.c.id).where(cases.c.decision == "digest", cases.c.opened_at < now - digest)
        forgotten = Forgotten(
            quiet=self._forget(and_(ours, mentions.c.decision == "quiet", ~in_case, _older("quiet", quiet, now))),
            digest=self._forget(
                and_(
                    ours,
                    mentions.c.decision == "digest",
                    or_(mentions.c.case_id.is_(None), mentions.c.case_id.in_(lesser)),
                    _older("digest", digest, now),
                )
            ),
            dismissed=self._forget(and_(ours, mentions.c.case_id.in_(over))),
            deleted=self._forget(
                and_(
                    ours,
                    mentions.c.gone_at.is_not(None),
                    or_(mentions.c.case_id.is_(None), mentions.c.case_id.not_in(evidence)),
                )
            ),
        )
        self._note_forgotten(federation_id, forgotten, now)
        self.truncate_log()
        return forgotten

    def forgotten_between(self, federation_id: int, since: datetime, until: datetime) -> Forgotten:
        """Return how many texts a period took, those erased at somebody's request included."""
        query = select(audit.c.action, audit.c.detail).where(
            audit.c.federation_id == federation_id,
            audit.c.action.in_(("forget", "erase")),
            audit.c.at > since,
            audit.c.at <= until,
        )
        with self.reading() as connection:
            rows = connection.execute(query).all()
        taken = Counter[str]()
        for action, detail in rows:
            taken.update(detail if action == "forget" else {"erased": 1})
        return Forgotten(**taken)

    def _note_forgotten(self, federation_id: int, forgotten: Forgotten, now: datetime) -> None:
        counts = {kind: count for kind, count in asdict(forgotten).items() if count}
        if counts:
            with self.writing() as connection:
                note(connection, federation_id, "watcher", "forget", "texts", counts, now)

    def _forget(self, which: Any) -> int:
        held = and_(which, or_(mentions.c.text.is_not(None), mentions.c.title.is_not(None)))
        with self.writing() as connection:
            ids = list(connection.scalars(select(mentions.c.id).where(held)))
            for start in range(0, len(ids), 500):
                some = ids[start : start + 500]
                gone: dict[str, Any] = {
                    "title": None,
                    "author": None,
                    "bio": None,
                    "text": None,
                    "shingles": null(),
                    "matched": [],
                }
                connection.execute(update(mentions).where(mentions.c.id.in_(some)).values(gone))
                connection.execute(
                    update(versions)
                    .where(versions.c.mention_id.in_(some))
                    .values(title=None, text=None, receipts=null())
                )
                connection.execute(
                    update(judgements)
                    .where(judgements.c.mention_id.in_(some))
                    .values(because=null(), evidence=null())
                )
            return len(ids)

    def truncate_log(self) -> None:
        """Empty SQLite's write-ahead log, in which forgotten texts would linger."""
        if not self.sqlite:
            return
        with self._serialised():
            raw = self.engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                raw.close()


def _older(kind: str, kept: timedelta, now: datetime) -> Any:
    """Say of which mentions the time is over: for some platforms earlier than for others."""
    short = [
        and_(mentions.c.platform == platform, mentions.c.last_seen_at < now - times[kind])
        for platform, times in SHORT.items()
    ]
    return or_(mentions.c.last_seen_at < now - kept, *short)
