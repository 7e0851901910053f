"""Forgetting: texts go when their time is over; counts and references stay."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, null, or_, select, update

from watcher.store.database import Database
from watcher.store.records import Forgotten
from watcher.store.rows import insert_if_new
from watcher.store.schema import cases, judgements, mentions, settings, versions

_DISMISSED = ("not-a-concern", "fair-criticism", "not-us", "duplicate", "test")


class Retaining(Database):
    """The part of the store that forgets."""

    def forget_due(self, now: datetime, every: timedelta) -> bool:
        """Tell whether forgetting is due, and note that it is being done."""
        with self.writing() as connection:
            query = select(settings.c.value).where(settings.c.name == "forgotten_at")
            last = connection.scalar(query)
            if last and now - datetime.fromisoformat(last) < every:
                return False
            if not insert_if_new(connection, settings, {"name": "forgotten_at", "value": now.isoformat()}):
                connection.execute(
                    update(settings).where(settings.c.name == "forgotten_at").values(value=now.isoformat())
                )
            return True

    def purge(self, now: datetime, *, quiet: timedelta, digest: timedelta, dismissed: timedelta) -> Forgotten:
        """Take the texts of what is older than its time. Open cases keep theirs."""
        in_case = mentions.c.case_id.in_(select(cases.c.id))
        over = select(cases.c.id).where(
            cases.c.state == "closed", cases.c.verdict.in_(_DISMISSED), cases.c.closed_at < now - dismissed
        )
        lesser = select(cases.c.id).where(cases.c.decision == "digest", cases.c.opened_at < now - digest)
        forgotten = Forgotten(
            quiet=self._forget(
                and_(mentions.c.decision == "quiet", ~in_case, mentions.c.last_seen_at < now - quiet)
            ),
            digest=self._forget(
                and_(
                    mentions.c.decision == "digest",
                    or_(mentions.c.case_id.is_(None), mentions.c.case_id.in_(lesser)),
                    mentions.c.last_seen_at < now - digest,
                )
            ),
            dismissed=self._forget(mentions.c.case_id.in_(over)),
        )
        self.truncate_log()
        return forgotten

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
                    update(versions).where(versions.c.mention_id.in_(some)).values(title=None, text=None)
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
