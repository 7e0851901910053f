"""What the pages show of a case. Pure: rows in, lines out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from classifiers.judgement import Evidence
from classifiers.redaction import redact_reasons
from classifiers.text import Names
from watcher.messages import ConcernWords, concern_words, place_words
from watcher.review.pages import web_address
from watcher.settings import CONCERNS
from watcher.store.records import CaseRow, MentionRow, Version
from watcher.workdays import end_of_next_working_day

ICO = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a text; `concern` is "" where nothing is marked."""

    text: str
    concern: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One case in a list."""

    case: CaseRow
    concerns: tuple[ConcernWords, ...]
    urgent: bool  #: a concern of the higher grade
    places: str
    repeats: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """One mention of a case."""

    mention: MentionRow
    place: str
    link: str  #: the post's address, or ""
    host: str  #: its host in plain ASCII, so that a lookalike shows
    because: tuple[str, ...]  #: names masked unless the text is shown
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]
    author: tuple[Piece, ...]
    bio: tuple[Piece, ...]
    forgotten: bool  #: retention has taken the text
    versions: tuple[Version, ...]  #: earlier ones, newest first


@dataclass(frozen=True, slots=True)
class Clock:
    """A time by which somebody must have been told."""

    name: str  #: lado, ico
    due: datetime
    over: bool


def case_line(case: CaseRow, places: Sequence[tuple[str, str]]) -> Line:
    """Show a case in a list."""
    graded = graded_concerns(case)
    named = list(dict.fromkeys(f"{place_words(platform)} ({source})" for source, platform in places))
    return Line(
        case=case,
        concerns=tuple(concern_words(concern) for concern in graded),
        urgent=any(getattr(case, concern) == 2 for concern in CONCERNS),
        places="; ".join(named[:2]),
        repeats=max(0, len(places) - 1),
    )


def graded_concerns(case: CaseRow) -> tuple[str, ...]:
    """Return a case's concerns of its highest grade, safeguarding first."""
    highest = max(getattr(case, concern) for concern in CONCERNS)
    return tuple(concern for concern in CONCERNS if highest and getattr(case, concern) == highest)


def sighting(mention: MentionRow, versions: Iterable[Version], names: Names, shown: bool) -> Sighting:
    """Show one mention, its text only where `shown`."""
    link = web_address(mention.url)
    said = f"{mention.title}\n{mention.text}"
    earlier = [version for version in versions if version.mention_id == mention.id]
    fields = {
        field: marked(getattr(mention, field), field, mention.evidence) if shown else ()
        for field in ("title", "text", "author", "bio")
    }
    return Sighting(
        mention=mention,
        place=place_words(mention.platform),
        link=link,
        host=_host(link),
        because=mention.because if shown else redact_reasons(mention.because, said, names),
        forgotten=not (mention.text or mention.title),
        versions=tuple(reversed([one for one in earlier if one.version != mention.version])) if shown else (),
        **fields,
    )


def marked(text: str, field: str, evidence: Iterable[Evidence]) -> tuple[Piece, ...]:
    """Cut a field where evidence begins and ends; what overlaps is marked once, by whichever begins first."""
    pieces, at = [], 0
    for item in sorted(
        (item for item in evidence if item.field == field), key=lambda item: (item.start, -item.end)
    ):
        start, end = max(item.start, at), min(item.end, len(text))
        if end <= start or item.concern is None:
            continue
        if start > at:
            pieces.append(Piece(text[at:start]))
        pieces.append(Piece(text[start:end], item.concern))
        at = end
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)


def clocks(case: CaseRow, now: datetime, zone: ZoneInfo) -> tuple[Clock, ...]:
    """Return what runs from the moment somebody saw an open case; none while nobody has."""
    seen = case.acknowledged_at
    if seen is None or case.state != "open":
        return ()
    dues = [("lado", end_of_next_working_day(seen, zone))]
    if case.safeguarding:
        dues.append(("ico", seen + ICO))
    return tuple(Clock(name, due, now > due) for name, due in dues)


def _host(link: str) -> str:
    try:
        host = urlsplit(link).hostname or ""
        return host.encode("idna").decode()
    except (ValueError, UnicodeError):
        return "an address that cannot be read"
