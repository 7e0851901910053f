"""The weekly digest: what could be seen, what was found, what is open. Built by query, never from a queue."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from classifiers.plain import plain
from classifiers.redaction import UNSHOWN, redact
from classifiers.text import Names
from watcher.config import Config, Retention
from watcher.coverage import coverage
from watcher.health import Sight, sight
from watcher.matching import names_of
from watcher.messages import (
    Message,
    concern_words,
    digest_message,
    language_words,
    place_words,
    printable,
    school_time,
)
from watcher.proofs import is_tested, unproven_words
from watcher.settings import CONCERNS
from watcher.store import Store
from watcher.store.records import CaseRow, DigestRow, Forgotten, MentionRow, NewDelivery, Tally
from watcher.telling import LATER
from watcher.usefulness import JUDGED, RIGHT

if TYPE_CHECKING:
    from watcher.assembly import Parts

TONES = ("positive", "neutral", "negative")
LONGEST_QUOTE = 240  #: characters
WEEK = timedelta(days=7)
QUARTER = timedelta(days=91)
LONGEST = timedelta(days=35)  #: a digest after a long outage covers this much at most

NOT_COVERED = coverage().never  #: where nobody outside can look; said in every digest


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in the digest."""

    reference: str
    concern: str
    opened: str  #: school time
    state: str  #: "open, not yet seen by anybody", "closed: useful" ...
    url: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Kind words, names masked."""

    text: str
    place: str


Row = tuple[str, int, int]  #: a name, the count of this period and of the one before


@dataclass(frozen=True, slots=True)
class DigestView:
    """Everything the digest shows."""

    federation: str
    period: str
    sees: tuple[Sight, ...]
    blind: tuple[Sight, ...]
    not_covered: tuple[str, ...]
    trouble: tuple[tuple[str, str], ...]  #: channels whose messages do not get through
    unproven: tuple[tuple[str, str], ...]  #: channels whose last test nobody acknowledged, and since when
    open_cases: tuple[CaseLine, ...]
    new_cases: int
    closed_cases: int
    useful: int  #: of the alerts of the last quarter on which somebody has decided
    decided: int
    days: tuple[Row, ...]  #: by day of the week, in the order they came
    source_rows: tuple[Row, ...]
    outcome_rows: tuple[Row, ...]  #: by concern and tone
    praise: tuple[Quote, ...]
    themes: tuple[tuple[str, int], ...]  #: what grumbles were about, the commonest first
    mentions: int
    before: int
    not_judged: tuple[tuple[str, int], ...]  #: languages that cannot be judged, the commonest first
    forgotten: Forgotten  #: texts that were let go in this period
    kept: Retention
    unrecognised: tuple[str, ...] = ()  #: schools about which a planted post was not recognised


def write_digest(parts: "Parts", week: str, until: datetime, unrecognised: tuple[str, ...] = ()) -> bool:
    """Write the digest of a week and queue it for every digest channel, exactly once.

    `unrecognised` are the schools about which a planted post was not recognised.
    """
    config, store, federation_id = parts.config, parts.store, parts.federation_id
    since = max(store.last_digest_until(federation_id) or until - WEEK, until - LONGEST)
    view = gather(config, store, federation_id, since, until, parts.now())
    message = digest_message(replace(view, unrecognised=unrecognised))
    tested = is_tested(config, store, federation_id)
    wanted = [
        NewDelivery(
            channel=channel.name,
            kind="digest" if channel.digest else "test",
            key=f"{'digest' if channel.digest else 'test'}:{week}",
            payload={"week": week, "reference": f"{config.alerts.reference}-{week}"},
            urgency=LATER,
            due_at=parts.now(),
        )
        for channel in config.alerts.channels
        if channel.digest or tested
    ]
    row = DigestRow(week, message.subject, message.text, message.html)
    return store.save_digest(federation_id, row, since, until, wanted)


def preview_digest(config: Config, store: Store, federation_id: int, now: datetime) -> Message:
    """Return the digest of the last seven days without keeping it."""
    return digest_message(gather(config, store, federation_id, now - WEEK, now, now))


def gather(
    config: Config, store: Store, federation_id: int, since: datetime, until: datetime, now: datetime
) -> DigestView:
    """Read everything the digest shows."""
    zone = config.federation.timezone
    health = [sight(row, zone) for row in store.sources(federation_id)]
    this_week = store.tallies(federation_id, since, until)
    last_week = store.tallies(federation_id, since - (until - since), since)
    # Digests go to everybody; an allegation against the head or the safeguarding lead is not for everybody.
    cases = [case for case in store.cases(federation_id) if not (case.concerns_head or case.concerns_dsl)]
    recent = [
        case
        for case in cases
        if case.alerted and case.verdict in JUDGED and case.closed_at and case.closed_at > now - QUARTER
    ]
    ours, theirs = _ours(this_week), _ours(last_week)
    said = store.mentions_between(federation_id, since, until)
    return DigestView(
        federation=config.federation.name,
        period=f"{school_time(since, zone)} to {school_time(until, zone)}",
        sees=tuple(one for one in health if one.sees),
        blind=tuple(one for one in health if not one.sees),
        not_covered=NOT_COVERED,
        trouble=tuple(store.delivery_problems(federation_id)),
        unproven=_unproven(config, store, federation_id),
        open_cases=tuple(_case_line(config, case) for case in sorted(cases, key=_urgency) if case.state == "open"),
        new_cases=sum(since < case.opened_at <= until for case in cases),
        closed_cases=sum(bool(case.closed_at and since < case.closed_at <= until) for case in cases),
        useful=sum(case.verdict == RIGHT for case in recent),
        decided=len(recent),
        days=_by_day(store.mention_times(federation_id, since - (until - since), until), since, until, zone),
        source_rows=tuple(_source_rows(health, ours, theirs)),
        outcome_rows=(
            *(
                (concern_words(concern).title, _graded(ours, concern), _graded(theirs, concern))
                for concern in CONCERNS
            ),
            *((f"{tone} tone", _total(ours, "tone", tone), _total(theirs, "tone", tone)) for tone in TONES),
        ),
        praise=praise(said, names_of(config.federation)),
        themes=themes(said),
        mentions=sum(tally.count for tally in ours),
        before=sum(tally.count for tally in theirs),
        not_judged=tuple(
            (language_words(code), count) for code, count in store.not_judged(federation_id, since, until).items()
        ),
        forgotten=store.forgotten_between(federation_id, since, until),
        kept=config.retention,
    )


def _unproven(config: Config, store: Store, federation_id: int) -> tuple[tuple[str, str], ...]:
    """Return the channels whose newest test nobody has acknowledged, and since when."""
    last = store.digests(federation_id)[:1]
    if not last or not is_tested(config, store, federation_id):
        return ()
    channels = store.unproven(federation_id, last[0].week)
    return unproven_words(channels, store.last_proofs(federation_id), config.federation.timezone)


def _ours(tallies: Sequence[Tally]) -> list[Tally]:
    return [tally for tally in tallies if tally.about != "other"]


def _graded(tallies: Iterable[Tally], concern: str) -> int:
    return sum(tally.count for tally in tallies if getattr(tally, concern))


def _total(tallies: Iterable[Tally], field: str, value: str) -> int:
    return sum(tally.count for tally in tallies if getattr(tally, field) == value)


def praise(mentions: Sequence[MentionRow], names: Names) -> tuple[Quote, ...]:
    """Return some short kind words without any concern in them, names masked; the newest first."""
    kind = [
        mention
        for mention in reversed(mentions)
        if mention.tone == "positive" and mention.about == "us" and not any(getattr(mention, c) for c in CONCERNS)
    ]
    quotes = (Quote(printable(redact(mention.text, names)), place_words(mention.platform)) for mention in kind)
    fit = (one for one in quotes if 20 <= len(one.text) <= LONGEST_QUOTE and UNSHOWN not in one.text)
    return tuple(islice(fit, 3))


def themes(mentions: Sequence[MentionRow]) -> tuple[tuple[str, int], ...]:
    """Count what unhappy mentions are about, by the words of data/themes.toml; the commonest five."""
    counted = Counter[str]()
    for mention in mentions:
        if mention.tone == "negative" and mention.about == "us":
            said = f" {plain(f'{mention.title} {mention.text}')} "
            counted.update(name for name, words in _themes().items() if any(f" {word} " in said for word in words))
    return tuple(counted.most_common(5))


@cache
def _themes() -> dict[str, list[str]]:
    return tomllib.loads(files("watcher").joinpath("data/themes.toml").read_text(encoding="utf-8"))


def _by_day(times: Sequence[datetime], since: datetime, until: datetime, zone: ZoneInfo) -> tuple[Row, ...]:
    """Count by day of the week; the order is that of the period."""
    first = since.astimezone(zone)
    order = [(first + timedelta(days=n)).strftime("%A") for n in range(7)]
    now = Counter(f"{moment.astimezone(zone):%A}" for moment in times if moment > since)
    before = Counter(f"{moment.astimezone(zone):%A}" for moment in times if moment <= since)
    return tuple((day, now[day], before[day]) for day in order)


def _source_rows(health: list[Sight], ours: list[Tally], theirs: list[Tally]) -> list[Row]:
    now, before = Counter[str](), Counter[str]()
    for tally in ours:
        now[tally.source] += tally.count
    for tally in theirs:
        before[tally.source] += tally.count
    return [(one.name, now[one.name], before[one.name]) for one in health]


def _urgency(case: CaseRow) -> tuple[bool, bool, int, int]:
    """Order cases: those told at once first, among them those nobody has seen, safeguarding, then the newest."""
    gravest = next((at for at, concern in enumerate(CONCERNS) if getattr(case, concern) == 2), len(CONCERNS))
    return not case.alerted, case.acknowledged_at is not None, gravest, -case.id


def _case_line(config: Config, case: CaseRow) -> CaseLine:
    graded = sorted((concern for concern in CONCERNS if getattr(case, concern)), key=lambda c: -getattr(case, c))
    seen = "seen by somebody" if case.acknowledged_at else "not yet seen by anybody"
    return CaseLine(
        reference=case.reference,
        concern=" and ".join(f"possible {concern_words(concern).title}" for concern in graded) or "note",
        opened=school_time(case.opened_at, config.federation.timezone),
        state=f"{'told at once' if case.alerted else 'for the digest'}, {seen}",
        url=f"{config.review.base_url}/cases/{case.reference}",
    )
