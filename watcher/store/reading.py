"""What messages, digests and pages are built from, and the digests themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select

from watcher.failpoints import failpoint
from watcher.store.database import Database
from watcher.store.records import CaseRow, DigestRow, MentionRow, NewDelivery, Tally
from watcher.store.rows import add_deliveries, evidence_of, insert_if_new, record_of
from watcher.store.schema import cases, deliveries, digests, judgements, mentions, sources


class Reading(Database):
    """The part of the store that answers questions."""

    def cases(self, federation_id: int, *, open_only: bool = False) -> list[CaseRow]:
        """Return the cases, newest first."""
        query = select(cases).where(cases.c.federation_id == federation_id).order_by(cases.c.id.desc())
        if open_only:
            query = query.where(cases.c.state == "open")
        with self.reading() as connection:
            return [record_of(CaseRow, row) for row in connection.execute(query)]

    def case(self, federation_id: int, reference: str) -> CaseRow | None:
        """Return one case by its reference."""
        query = select(cases).where(cases.c.federation_id == federation_id, cases.c.reference == reference)
        with self.reading() as connection:
            row = connection.execute(query).first()
        return record_of(CaseRow, row) if row else None

    def mentions_of(self, case_id: int) -> list[MentionRow]:
        """Return a case's mentions, the gravest first, then the oldest."""
        gravity = mentions.c.safeguarding + mentions.c.defamation + mentions.c.conduct
        return self._mentions(mentions.c.case_id == case_id, gravity.desc(), mentions.c.id)

    def mentions_between(self, federation_id: int, since: datetime, until: datetime) -> list[MentionRow]:
        """Return what was first seen in a period, oldest first, without what is about something else."""
        period = and_(
            mentions.c.federation_id == federation_id,
            mentions.c.about != "other",
            mentions.c.first_seen_at > since,
            mentions.c.first_seen_at <= until,
        )
        return self._mentions(period, mentions.c.id)

    def mentions_naming(self, federation_id: int, person: str) -> list[MentionRow]:
        """Return what names somebody or is signed by them, whatever the case of the letters, oldest first."""
        fields = (mentions.c.text, mentions.c.title, mentions.c.author, mentions.c.bio)
        named = or_(*(field.icontains(person, autoescape=True) for field in fields))
        return self._mentions(and_(mentions.c.federation_id == federation_id, named), mentions.c.id)

    def tallies(self, federation_id: int, since: datetime, until: datetime) -> list[Tally]:
        """Count the mentions of a period by source and outcome."""
        parts = (
            sources.c.name.label("source"),
            mentions.c.decision,
            mentions.c.about,
            mentions.c.tone,
            mentions.c.safeguarding,
            mentions.c.defamation,
            mentions.c.conduct,
        )
        query = (
            select(*parts, func.count().label("count"))
            .join(sources, sources.c.id == mentions.c.source_id)
            .where(
                mentions.c.federation_id == federation_id,
                mentions.c.first_seen_at > since,
                mentions.c.first_seen_at <= until,
            )
            .group_by(*parts)
        )
        with self.reading() as connection:
            return [record_of(Tally, row) for row in connection.execute(query)]

    def mention_times(self, federation_id: int, since: datetime, until: datetime) -> list[datetime]:
        """Return when the mentions of a period were first seen, without what is about something else."""
        query = select(mentions.c.first_seen_at).where(
            mentions.c.federation_id == federation_id,
            mentions.c.about != "other",
            mentions.c.first_seen_at > since,
            mentions.c.first_seen_at <= until,
        )
        with self.reading() as connection:
            return list(connection.scalars(query))

    def not_judged(self, federation_id: int, since: datetime, until: datetime) -> dict[str, int]:
        """Count the mentions of a period that no classifier could judge, by language, the commonest first."""
        query = (
            select(mentions.c.language, func.count().label("count"))
            .where(
                mentions.c.federation_id == federation_id,
                ~mentions.c.judged,
                mentions.c.first_seen_at > since,
                mentions.c.first_seen_at <= until,
            )
            .group_by(mentions.c.language)
            .order_by(func.count().desc(), mentions.c.language)
        )
        with self.reading() as connection:
            return {language: int(count) for language, count in connection.execute(query)}

    def count_deliveries(self, federation_id: int) -> dict[str, int]:
        """Count deliveries by state."""
        return self._count(deliveries.c.state, federation_id)

    def count_mentions(self, federation_id: int) -> dict[str, int]:
        """Count mentions by decision."""
        return self._count(mentions.c.decision, federation_id)

    def count_cases(self, federation_id: int) -> dict[str, int]:
        """Count cases by state."""
        return self._count(cases.c.state, federation_id)

    def has_digest(self, federation_id: int, week: str) -> bool:
        """Tell whether a week's digest was written."""
        query = select(digests.c.id).where(digests.c.federation_id == federation_id, digests.c.week == week)
        with self.reading() as connection:
            return connection.scalar(query) is not None

    def last_digest_until(self, federation_id: int) -> datetime | None:
        """Return the end of the period that the newest digest covers."""
        query = select(func.max(digests.c.until)).where(digests.c.federation_id == federation_id)
        with self.reading() as connection:
            found: datetime | None = connection.scalar(query)
            return found

    def save_digest(
        self,
        federation_id: int,
        digest: DigestRow,
        since: datetime,
        until: datetime,
        wanted: Sequence[NewDelivery],
    ) -> bool:
        """Keep a week's digest and queue it, exactly once; False where it was there already."""
        values = {
            "federation_id": federation_id,
            "week": digest.week,
            "since": since,
            "until": until,
            "subject": digest.subject,
            "text": digest.text,
            "html": digest.html,
        }
        with self.writing() as connection:
            if not insert_if_new(connection, digests, values):
                return False
            add_deliveries(connection, federation_id, wanted, until)
            failpoint("in_digest")
            return True

    def digest(self, federation_id: int, week: str) -> DigestRow | None:
        """Return a week's digest."""
        query = select(digests).where(digests.c.federation_id == federation_id, digests.c.week == week)
        with self.reading() as connection:
            row = connection.execute(query).first()
        return record_of(DigestRow, row) if row else None

    def digests(self, federation_id: int) -> list[DigestRow]:
        """Return the digests of the last two years, newest first."""
        query = (
            select(digests)
            .where(digests.c.federation_id == federation_id)
            .order_by(digests.c.until.desc())
            .limit(104)
        )
        with self.reading() as connection:
            return [record_of(DigestRow, row) for row in connection.execute(query)]

    def _count(self, column: Any, federation_id: int) -> dict[str, int]:
        query = select(column, func.count()).where(column.table.c.federation_id == federation_id).group_by(column)
        with self.reading() as connection:
            return {str(value): int(count) for value, count in connection.execute(query)}

    def _mentions(self, which: Any, *order: Any) -> list[MentionRow]:
        newest = and_(judgements.c.mention_id == mentions.c.id, judgements.c.version == mentions.c.version)
        query = (
            select(mentions, sources.c.name.label("source"), judgements.c.because, judgements.c.evidence)
            .join(sources, sources.c.id == mentions.c.source_id)
            .join(judgements, newest)
            .where(which)
            .order_by(*order)
        )
        with self.reading() as connection:
            return [_mention(row) for row in connection.execute(query)]


def _mention(row: Row[Any]) -> MentionRow:
    return MentionRow(
        id=row.id,
        case_id=row.case_id,
        source=row.source,
        url=row.url,
        platform=row.platform,
        title=row.title or "",
        author=row.author or "",
        bio=row.bio or "",
        text=row.text or "",
        published_at=row.published_at,
        first_seen_at=row.first_seen_at,
        version=row.version,
        matched=tuple(row.matched),
        decision=row.decision,
        about=row.about,
        safeguarding=row.safeguarding,
        defamation=row.defamation,
        conduct=row.conduct,
        tone=row.tone,
        because=tuple(row.because or ()),
        evidence=evidence_of(row.evidence),
        gone_at=row.gone_at,
    )
