"""How people work on cases: finding, reading, assigning, commenting, reopening, and what is held."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update

from watcher.store.people import Deciding, case_id_of, note, see
from watcher.store.records import AuditRow, CaseQuery, CaseRow, Comment, Holding, NewDelivery, Version
from watcher.store.rows import add_deliveries, insert, receipts_of, record_of
from watcher.store.schema import audit, cases, comments, deliveries, mentions, sources, versions

_TELLS = ("alert", "raised", "escalated")
_URGENCY = case((cases.c.safeguarding == 2, 0), (cases.c.defamation == 2, 1), (cases.c.conduct == 2, 2), else_=3)


class Working(Deciding):
    """The part of the store that serves the review page."""

    def find_cases(
        self, federation_id: int, query: CaseQuery, limit: int, offset: int = 0
    ) -> tuple[list[CaseRow], int]:
        """Return some of the cases asked for, open and urgent ones first, and how many there are in all."""
        which = and_(cases.c.federation_id == federation_id, *_conditions(query))
        listed = (
            select(cases)
            .where(which)
            .order_by((cases.c.state == "open").desc(), _URGENCY, cases.c.opened_at.desc(), cases.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        with self.reading() as connection:
            total = connection.scalar(select(func.count()).select_from(cases).where(which)) or 0
            return [record_of(CaseRow, row) for row in connection.execute(listed)], int(total)

    def unacknowledged(self, federation_id: int, limit: int = 200) -> list[CaseRow]:
        """Return open cases that people were told of and nobody has seen, newest first."""
        query = (
            select(cases)
            .where(
                cases.c.federation_id == federation_id,
                cases.c.state == "open",
                cases.c.alerted > 0,
                cases.c.acknowledged_at.is_(None),
            )
            .order_by(cases.c.id.desc())
            .limit(limit)
        )
        with self.reading() as connection:
            return [record_of(CaseRow, row) for row in connection.execute(query)]

    def places_of(self, case_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        """Return for each case the sources and platforms its mentions came from, oldest first."""
        query = (
            select(mentions.c.case_id, sources.c.name, mentions.c.platform)
            .join(sources, sources.c.id == mentions.c.source_id)
            .where(mentions.c.case_id.in_(case_ids))
            .order_by(mentions.c.id)
        )
        places: dict[int, list[tuple[str, str]]] = {case_id: [] for case_id in case_ids}
        with self.reading() as connection:
            for case_id, name, platform in connection.execute(query):
                places[case_id].append((name, platform))
        return places

    def versions_of(self, case_id: int) -> list[Version]:
        """Return every version of a case's mentions, oldest first."""
        query = (
            select(versions)
            .join(mentions, mentions.c.id == versions.c.mention_id)
            .where(mentions.c.case_id == case_id)
            .order_by(versions.c.seen_at, versions.c.id)
        )
        with self.reading() as connection:
            return [
                Version(
                    row.mention_id,
                    row.version,
                    row.seen_at,
                    row.title or "",
                    row.text or "",
                    receipts_of(row.receipts),
                )
                for row in connection.execute(query)
            ]

    def gone_cases(self, federation_id: int) -> list[tuple[CaseRow, list[str]]]:
        """Return open cases of which every post is gone from its page, with the channels told of them."""
        there = select(mentions.c.case_id).where(mentions.c.gone_at.is_(None), mentions.c.case_id.is_not(None))
        gone = select(mentions.c.case_id).where(mentions.c.gone_at.is_not(None), mentions.c.case_id.is_not(None))
        query = (
            select(cases)
            .where(cases.c.federation_id == federation_id, cases.c.state == "open", cases.c.alerted > 0)
            .where(cases.c.id.in_(gone), cases.c.id.not_in(there))
        )
        return self._with_told(federation_id, query)

    def changed_cases(self, federation_id: int) -> list[tuple[CaseRow, list[str]]]:
        """Return open cases with a post edited since people were told, with the channels told of them."""
        query = select(cases).where(
            cases.c.federation_id == federation_id, cases.c.state == "open", cases.c.change == "new"
        )
        return self._with_told(federation_id, query)

    def tell_change(self, case: CaseRow, wanted: Sequence[NewDelivery], now: datetime) -> None:
        """Queue a word on a change and note that it was said, together; whoever comes second does nothing."""
        still = and_(cases.c.id == case.id, cases.c.change == "new")
        with self.writing() as connection:
            federation_id = connection.scalar(select(cases.c.federation_id).where(cases.c.id == case.id))
            if connection.execute(update(cases).where(still).values(change="told")).rowcount:
                add_deliveries(connection, int(federation_id or 0), wanted, now)

    def newest_verdicts(self, federation_id: int, concern: str, kinds: Sequence[str], limit: int) -> list[str]:
        """Return the newest verdicts of some kinds on cases that people were told of because of a concern."""
        query = (
            select(cases.c.verdict)
            .where(
                cases.c.federation_id == federation_id,
                cases.c.state == "closed",
                cases.c.alerted > 0,
                cases.c[concern] == 2,
                cases.c.verdict.in_(kinds),
            )
            .order_by(cases.c.closed_at.desc(), cases.c.id.desc())
            .limit(limit)
        )
        with self.reading() as connection:
            return list(connection.scalars(query))

    def _with_told(self, federation_id: int, query: Any) -> list[tuple[CaseRow, list[str]]]:
        """Return the cases of a query, each with the channels that were told of it."""
        told = (
            select(deliveries.c.case_id, deliveries.c.channel)
            .where(deliveries.c.federation_id == federation_id, deliveries.c.kind.in_(_TELLS))
            .distinct()
        )
        with self.reading() as connection:
            found = [record_of(CaseRow, row) for row in connection.execute(query)]
            channels = [(case_id, channel) for case_id, channel in connection.execute(told)] if found else []
        return [(one, sorted(channel for case_id, channel in channels if case_id == one.id)) for one in found]

    def comments_of(self, case_id: int) -> list[Comment]:
        """Return what people wrote about a case, oldest first."""
        query = select(comments).where(comments.c.case_id == case_id).order_by(comments.c.id)
        with self.reading() as connection:
            return [record_of(Comment, row) for row in connection.execute(query)]

    def read_case(self, federation_id: int, reference: str, who: str, now: datetime) -> None:
        """Note that somebody is shown a case's texts; whoever reads it first has seen it."""
        with self.writing() as connection:
            case_id = case_id_of(connection, federation_id, reference)
            see(connection, case_id, who, now)
            note(connection, federation_id, who, "read", f"case {reference}", {}, now)

    def assign_case(self, federation_id: int, reference: str, to: str, who: str, now: datetime) -> None:
        """Give a case to somebody to look after; "" gives it to nobody."""
        with self.writing() as connection:
            case_id = case_id_of(connection, federation_id, reference)
            values = {"assigned_to": to or None, "changed_at": now}
            connection.execute(update(cases).where(cases.c.id == case_id).values(values))
            note(connection, federation_id, who, "assign", f"case {reference}", {"to": to}, now)

    def comment_case(self, federation_id: int, reference: str, text: str, who: str, now: datetime) -> None:
        """Add what somebody writes about a case."""
        with self.writing() as connection:
            case_id = case_id_of(connection, federation_id, reference)
            insert(connection, comments, {"case_id": case_id, "at": now, "who": who, "text": text})
            note(connection, federation_id, who, "comment", f"case {reference}", {}, now)

    def reopen_case(self, federation_id: int, reference: str, who: str, now: datetime) -> None:
        """Open a closed case again; its verdict is taken back."""
        with self.writing() as connection:
            case_id = case_id_of(connection, federation_id, reference)
            values = {"state": "open", "verdict": None, "closed_at": None, "changed_at": now}
            connection.execute(update(cases).where(cases.c.id == case_id).values(values))
            note(connection, federation_id, who, "reopen", f"case {reference}", {}, now)

    def make_due(self, federation_id: int, source: str, who: str, now: datetime) -> bool:
        """Let a source be asked at the next round; False where there is none of that name."""
        which = and_(sources.c.federation_id == federation_id, sources.c.name == source, sources.c.active)
        with self.writing() as connection:
            if connection.execute(update(sources).where(which).values(due_at=now)).rowcount == 0:
                return False
            note(connection, federation_id, who, "poll", f"source {source}"[:120], {}, now)
            return True

    def record(
        self,
        federation_id: int,
        who: str,
        action: str,
        subject: str,
        now: datetime,
        detail: dict[str, str] | None = None,
    ) -> None:
        """Note something in the audit log; `detail` is never a text of a post."""
        with self.writing() as connection:
            note(connection, federation_id, who, action, subject, detail or {}, now)

    def history_of(self, federation_id: int, subject: str) -> list[AuditRow]:
        """Return what the audit log has of one subject, oldest first."""
        return self._audit(audit.c.federation_id == federation_id, audit.c.subject == subject)

    def audit_page(self, federation_id: int, limit: int, before: int = 0) -> list[AuditRow]:
        """Return the newest lines of the audit log, or the newest before the line `before`."""
        which = [audit.c.federation_id == federation_id]
        if before:
            which.append(audit.c.id < before)
        query = select(audit).where(*which).order_by(audit.c.id.desc()).limit(limit)
        with self.reading() as connection:
            return [record_of(AuditRow, row) for row in connection.execute(query)]

    def holdings(self, federation_id: int) -> list[Holding]:
        """Count the mentions that still have a text, by decision; `alert` includes every case that was told."""
        query = (
            select(mentions.c.decision, func.count(), func.min(mentions.c.last_seen_at))
            .where(mentions.c.federation_id == federation_id, mentions.c.text.is_not(None))
            .group_by(mentions.c.decision)
        )
        with self.reading() as connection:
            return [Holding(kind, int(count), oldest) for kind, count, oldest in connection.execute(query)]

    def _audit(self, *which: Any) -> list[AuditRow]:
        query = select(audit).where(*which).order_by(audit.c.id)
        with self.reading() as connection:
            return [record_of(AuditRow, row) for row in connection.execute(query)]


def _conditions(query: CaseQuery) -> list[Any]:
    wanted: list[Any] = []
    if query.state:
        wanted.append(cases.c.state == query.state)
    if query.concern:
        wanted.append(cases.c[query.concern] >= 1)
    if query.one_of:
        wanted.append(or_(*(cases.c[flag] for flag in query.one_of)))
    wanted.extend(~cases.c[flag] for flag in query.none_of)
    if query.source:
        wanted.append(cases.c.id.in_(_from_source(sources.c.name == query.source)))
    if query.words:
        wanted.append(
            or_(
                cases.c.reference.icontains(query.words, autoescape=True),
                cases.c.assigned_to.icontains(query.words, autoescape=True),
                cases.c.id.in_(_from_source(sources.c.name.icontains(query.words, autoescape=True))),
            )
        )
    return wanted


def _from_source(which: Any) -> Any:
    return (
        select(mentions.c.case_id)
        .join(sources, sources.c.id == mentions.c.source_id)
        .where(which, mentions.c.case_id.is_not(None))
    )
