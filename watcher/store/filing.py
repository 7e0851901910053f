"""Saving a poll: mentions, judgements, cases, outbox rows and the cursor in one transaction."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from watcher.cases import Known, Placing, fingerprint, place, shingles
from watcher.failpoints import failpoint
from watcher.store.polling import SUCCESS, Polling, success
from watcher.store.records import CaseRow, Claim, Filed, NewDelivery, Poll, Saved
from watcher.store.rows import add_deliveries, insert, insert_if_new, record_of, stored_receipts
from watcher.store.schema import (
    bands,
    cases,
    federations,
    judgements,
    mentions,
    settings,
    sources,
    tombstones,
    versions,
)

Tell = Callable[[CaseRow, str], list[NewDelivery]]

_RECENT = timedelta(days=60)  #: a repeat later than this is a new matter
_GRADES = ("safeguarding", "defamation", "conduct")
_INVOLVED = ("concerns_head", "concerns_dsl", "names_head")


class Filing(Polling):
    """The part of the store that takes in what a poll brought."""

    def save_poll(self, claim: Claim, poll: Poll, tell: Tell, now: datetime) -> Saved:
        """Save everything a poll brought, or nothing. `tell` says who must be told of a case."""
        noted = success(claim, poll, now)
        if not poll.filed and not poll.gone and not poll.rechecked:
            self.note_success(noted)
            return Saved()
        changed = alerts = 0
        with self.writing() as connection:
            if not self._still_ours(connection, claim):
                return Saved(lost=True)
            _one_by_one(connection, claim.federation_id)
            for filed in poll.filed:
                outcome = _file(connection, claim, filed, tell, now)
                changed += outcome is not None
                alerts += outcome is True
                failpoint("in_save")
            connection.execute(SUCCESS, noted)
            if poll.rechecked:
                _note_recheck(connection, claim, now)
            if poll.gone:
                _mark_gone(connection, claim, poll.gone, now)
        return Saved(changed, alerts)

    def save_past(self, claim: Claim, filed: Sequence[Filed], tell: Tell, now: datetime) -> int:
        """Save older posts of a source beside its polls; return how many mentions were new or edited."""
        with self.writing() as connection:
            _one_by_one(connection, claim.federation_id)
            return sum(_file(connection, claim, one, tell, now) is not None for one in filed)

    @staticmethod
    def _still_ours(connection: Connection, claim: Claim) -> bool:
        query = select(sources.c.lease_token).where(sources.c.id == claim.source_id).with_for_update()
        return connection.scalar(query) == claim.token


def _one_by_one(connection: Connection, federation_id: int) -> None:
    """Let no other process file for this federation meanwhile: it would not see the case that is being opened."""
    connection.execute(select(federations.c.id).where(federations.c.id == federation_id).with_for_update())


def _note_recheck(connection: Connection, claim: Claim, now: datetime) -> None:
    """Note when a source's open cases were looked at for deletions."""
    connection.execute(update(sources).where(sources.c.id == claim.source_id).values(rechecked_at=now))


def _mark_gone(connection: Connection, claim: Claim, gone: frozenset[str], now: datetime) -> None:
    """Mark what was found deleted."""
    known_gone = (mentions.c.source_id == claim.source_id, mentions.c.post_id.in_(gone))
    connection.execute(update(mentions).where(*known_gone, mentions.c.gone_at.is_(None)).values(gone_at=now))


def _file(connection: Connection, claim: Claim, filed: Filed, tell: Tell, now: datetime) -> bool | None:
    """Save one mention. None: nothing changed. True: somebody is told of it."""
    if _erased(connection, claim, filed.post_id):
        return None
    query = select(mentions).where(mentions.c.source_id == claim.source_id, mentions.c.post_id == filed.post_id)
    known = connection.execute(query).first()
    if known and known.content_hash == filed.content_hash:
        return None
    if known is None:
        mention_id = _insert(connection, claim, filed, now)
        return _settle(connection, claim.federation_id, (mention_id, None), filed, tell, now)
    _edit(connection, known, filed, now)
    told = _settle(connection, claim.federation_id, (known.id, known.case_id), filed, tell, now)
    if known.case_id and not told and known.fingerprint != filed.fingerprint:
        _note_change(connection, known.case_id)
    return told


def _settle(
    connection: Connection,
    federation_id: int,
    saved: tuple[int, int | None],
    filed: Filed,
    tell: Tell,
    now: datetime,
) -> bool:
    """See to the case of a saved mention; `saved` is its id with its case's. True where somebody is told."""
    mention_id, case_id = saved
    if filed.decision == "quiet" or not any(getattr(filed, grade) for grade in _GRADES):
        return False
    if case_id is None:
        case_id = _find_case(connection, federation_id, mention_id, filed, now)
        if case_id is None:
            case_id = _open_case(connection, federation_id, filed, now)
        connection.execute(update(mentions).where(mentions.c.id == mention_id).values(case_id=case_id))
    return _raise_case(connection, federation_id, case_id, filed, tell, now)


def _note_change(connection: Connection, case_id: int) -> None:
    """Note that people were told of other words than stand there now; once, until somebody looks."""
    of_old = (cases.c.id == case_id, cases.c.state == "open", cases.c.alerted > 0, cases.c.change.is_(None))
    connection.execute(update(cases).where(*of_old).values(change="new"))


def _insert(connection: Connection, claim: Claim, filed: Filed, now: datetime) -> int:
    values = _mention_values(filed) | {
        "federation_id": claim.federation_id,
        "source_id": claim.source_id,
        "post_id": filed.post_id,
        "first_seen_at": now,
        "last_seen_at": now,
        "version": 1,
    }
    mention_id = insert(connection, mentions, values)
    _keep_version(connection, mention_id, 1, filed, now)
    _keep_bands(connection, claim.federation_id, mention_id, filed)
    return mention_id


def _edit(connection: Connection, known: Row[Any], filed: Filed, now: datetime) -> None:
    """Save a post's new words. The index keeps the old ones: a repost may be of any version."""
    version = known.version + 1
    values = _mention_values(filed) | {"version": version, "last_seen_at": now, "gone_at": None}
    connection.execute(update(mentions).where(mentions.c.id == known.id).values(values))
    _keep_version(connection, known.id, version, filed, now)
    _keep_bands(connection, known.federation_id, known.id, filed)


def _mention_values(filed: Filed) -> dict[str, Any]:
    columns = (
        "url", "canonical_url", "platform", "title", "author", "bio", "text", "language",
        "published_at", "content_hash", "fingerprint", "decision", "about", "safeguarding", "defamation", "conduct",
        "tone", "judged",
    )  # fmt: skip
    values = {name: getattr(filed, name) for name in columns}
    return values | {"shingles": list(filed.shingles), "matched": list(filed.matched)}


def _keep_version(connection: Connection, mention_id: int, version: int, filed: Filed, now: datetime) -> None:
    same = {"mention_id": mention_id, "version": version}
    said = {"seen_at": now, "title": filed.title, "text": filed.text, "fingerprint": filed.fingerprint}
    connection.execute(versions.insert().values(same | said | {"receipts": stored_receipts(filed.receipts)}))
    judged = {
        "model": filed.model,
        "judged_at": now,
        "scores": dict(filed.scores),
        "because": list(filed.because),
        "evidence": [asdict(item) for item in filed.evidence],
    }
    connection.execute(judgements.insert().values(same | judged))


def _keep_bands(connection: Connection, federation_id: int, mention_id: int, filed: Filed) -> None:
    """Index the smallest shingles, so that near-duplicates are found without reading every mention."""
    rows = [
        {"federation_id": federation_id, "mention_id": mention_id, "band": shingle}
        for shingle in filed.shingles[:8]
    ]
    if rows:
        connection.execute(bands.insert(), rows)


def _find_case(
    connection: Connection, federation_id: int, mention_id: int, filed: Filed, now: datetime
) -> int | None:
    """Return the case this mention repeats, if one is sure enough."""
    before = select(versions.c.mention_id).where(versions.c.fingerprint == filed.fingerprint)
    alike = [mentions.c.fingerprint == filed.fingerprint, mentions.c.id.in_(before)]
    if filed.canonical_url:
        alike.append(mentions.c.canonical_url == filed.canonical_url)
    if filed.shingles:
        near = select(bands.c.mention_id).where(
            bands.c.federation_id == federation_id, bands.c.band.in_(filed.shingles[:8])
        )
        alike.append(mentions.c.id.in_(near))
    query = (
        select(mentions)
        .where(
            mentions.c.federation_id == federation_id,
            mentions.c.id != mention_id,
            mentions.c.case_id.is_not(None),
            mentions.c.last_seen_at > now - _RECENT,
            or_(*alike),
        )
        .order_by(mentions.c.id)
        .limit(200)
    )
    rows = connection.execute(query).all()
    now_and_before = [_known(row) for row in rows] + _known_before(connection, rows)
    return place(_placing(filed), now_and_before)


def _known_before(connection: Connection, rows: Sequence[Row[Any]]) -> list[Known]:
    """Return what edited mentions said in their earlier versions."""
    edited = {row.id: row for row in rows if row.version > 1}
    if not edited:
        return []
    query = select(versions).where(versions.c.mention_id.in_(edited)).order_by(versions.c.mention_id, versions.c.id)
    earlier = [(edited[row.mention_id], row) for row in connection.execute(query)]
    return [_known_version(mention, version) for mention, version in earlier if version.version < mention.version]


def _known_version(mention: Row[Any], version: Row[Any]) -> Known:
    said = version.text or version.title or ""
    return Known(
        mention.case_id,
        Placing(
            url=mention.canonical_url,
            title=version.title or "",
            author=mention.author or "",
            text=version.text or "",
            fingerprint=version.fingerprint or fingerprint(version.title or "", version.text or ""),
            shingles=frozenset(shingles(said)),
        ),
    )


def _placing(filed: Filed) -> Placing:
    return Placing(
        url=filed.canonical_url,
        title=filed.title,
        author=filed.author,
        text=filed.text,
        fingerprint=filed.fingerprint,
        shingles=frozenset(filed.shingles),
    )


def _known(row: Row[Any]) -> Known:
    placing = Placing(
        url=row.canonical_url,
        title=row.title or "",
        author=row.author or "",
        text=row.text or "",
        fingerprint=row.fingerprint,
        shingles=frozenset(row.shingles or ()),
    )
    return Known(row.case_id, placing)


def _open_case(connection: Connection, federation_id: int, filed: Filed, now: datetime) -> int:
    number = connection.scalar(
        update(federations)
        .where(federations.c.id == federation_id)
        .values(last_case=federations.c.last_case + 1)
        .returning(federations.c.last_case)
    )
    prefix = connection.scalar(select(federations.c.reference).where(federations.c.id == federation_id))
    values = {
        "federation_id": federation_id,
        "reference": f"{prefix}-{now:%Y}-{number:04}",
        "state": "open",
        "decision": "digest",
        "opened_at": now,
        "changed_at": now,
        **dict.fromkeys(_GRADES, 0),
    }
    return insert(connection, cases, values)


def _raise_case(
    connection: Connection, federation_id: int, case_id: int, filed: Filed, tell: Tell, now: datetime
) -> bool:
    """Raise the case to the mention's grades; tell where that is news. True where somebody is told."""
    before = record_of(CaseRow, connection.execute(select(cases).where(cases.c.id == case_id)).one())
    grades = {grade: max(getattr(before, grade), getattr(filed, grade)) for grade in _GRADES}
    news = _news(before, grades) if filed.decision == "alert" else None
    values: dict[str, Any] = {**grades, "changed_at": now}
    values |= {flag: getattr(before, flag) or getattr(filed, flag) for flag in _INVOLVED}
    if news:
        values |= {"decision": "alert", "alerted": before.alerted + 1}
    connection.execute(update(cases).where(cases.c.id == case_id).values(values))
    if not news:
        return False
    after = record_of(CaseRow, connection.execute(select(cases).where(cases.c.id == case_id)).one())
    add_deliveries(connection, federation_id, tell(after, news), now)
    return True


def _news(before: CaseRow, grades: dict[str, int]) -> str | None:
    """Say whether a case must be told: never told, or a concern has newly reached grade 2."""
    if before.alerted == 0:
        return "alert"
    newly = any(grades[grade] == 2 and getattr(before, grade) < 2 for grade in _GRADES)
    return "raised" if newly else None


def _erased(connection: Connection, claim: Claim, post_id: str) -> bool:
    if connection.scalar(select(func.count()).select_from(tombstones)) == 0:
        return False
    query = select(tombstones.c.id).where(
        tombstones.c.federation_id == claim.federation_id,
        tombstones.c.post_key == post_key(connection, claim.source_id, post_id),
    )
    return connection.scalar(query) is not None


def post_key(connection: Connection, source_id: int, post_id: str) -> str:
    """Return the keyed hash by which an erased post is known again without being kept."""
    query = select(settings.c.value).where(settings.c.name == "tombstone_key")
    insert_if_new(connection, settings, {"name": "tombstone_key", "value": secrets.token_hex(32)})
    key = str(connection.scalar(query))
    return hmac.new(key.encode(), f"{source_id}\x1f{post_id}".encode(), hashlib.sha256).hexdigest()
