"""Everything beside the cases: digests, sources, what is held, who looked."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from starlette.responses import Response

from watcher.digest import NOT_COVERED
from watcher.health import Sight, sight
from watcher.proofs import WeeklyTest, asked_for
from watcher.review.pages import static
from watcher.review.roles import home
from watcher.review.visit import NotFound, Visit
from watcher.store.records import Holding, SourceRow

AUDIT_LINES = 100
_MAIN = re.compile(r"<main>(.*)</main>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class HeldLine:
    """Texts of one kind, how many and until when."""

    kind: str
    count: int
    kept: timedelta | None  #: None: until a person decides
    next_gone: datetime | None  #: when the oldest of them goes


def start(visit: Visit) -> Response:
    """Go to a role's first page."""
    return visit.go(home(visit.person.role))


def style(_: Visit) -> Response:
    """Answer with the style sheet."""
    return Response(static("style.css"), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def mark(_: Visit) -> Response:
    """Answer with the picture of the browser's tab."""
    return Response(static("mark.svg"), media_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"})


def digests(visit: Visit) -> Response:
    """List the weekly digests."""
    return visit.page("digests", digests=visit.parts.store.digests(visit.parts.federation_id))


def digest(visit: Visit) -> Response:
    """Show one digest as it was sent."""
    found = visit.parts.store.digest(visit.parts.federation_id, visit.path["week"])
    content = _MAIN.search(found.html) if found else None
    if found is None or content is None:
        raise NotFound
    markup = Markup(content[1])  # noqa: S704  # our own template wrote it, every value escaped
    return visit.page("digest", digest=found, content=markup)


def sources(visit: Visit) -> Response:
    """Show every source with its health."""
    zone = visit.parts.config.federation.timezone
    rows = visit.parts.store.sources(visit.parts.federation_id)
    lines: list[tuple[SourceRow, Sight]] = [(row, sight(row, zone)) for row in rows]
    lines.sort(key=lambda line: line[1].sees)
    problems = visit.parts.store.delivery_problems(visit.parts.federation_id)
    last = visit.parts.store.last_proofs(visit.parts.federation_id)
    proven = [(channel.name, last.get(channel.name)) for channel in visit.parts.config.alerts.channels]
    asked = visit.query.get("asked", "")
    return visit.page("sources", lines=lines, problems=problems, proven=proven, asked=asked, never=NOT_COVERED)


def poll(visit: Visit) -> Response:
    """Let a source be asked at the next round."""
    name = visit.form.get("source", "")
    if not visit.parts.store.make_due(visit.parts.federation_id, name, visit.person.email, visit.now):
        raise NotFound
    return visit.go("/sources?asked=1")


def proof(visit: Visit) -> Response:
    """Ask whether a week's test of a channel has reached whoever followed its link."""
    return _proof(visit, done=False)


def prove(visit: Visit) -> Response:
    """Note that it has."""
    test = _test(visit)
    visit.parts.store.prove(visit.parts.federation_id, test.channel, test.week, visit.person.email, visit.now)
    return _proof(visit, done=True)


def _proof(visit: Visit, *, done: bool) -> Response:
    return visit.page("proof", test=_test(visit), mark=visit.path["mark"], done=done)


def _test(visit: Visit) -> WeeklyTest:
    parts = visit.parts
    found = asked_for(parts.config, parts.store, parts.federation_id, visit.path["mark"])
    if found is None:
        raise NotFound
    return found


def held(visit: Visit) -> Response:
    """Say what is held and until when."""
    keep = visit.parts.config.retention
    kept = {"quiet": keep.quiet, "digest": keep.digest}
    holdings = visit.parts.store.holdings(visit.parts.federation_id)
    lines = [_held_line(holding, kept.get(holding.kind)) for holding in holdings]
    return visit.page(
        "held", lines=lines, keep=keep, counts=visit.parts.store.count_mentions(visit.parts.federation_id)
    )


def audit(visit: Visit) -> Response:
    """Show who did what; newest first."""
    before = visit.query.get("before", "")
    rows = visit.parts.store.audit_page(
        visit.parts.federation_id, AUDIT_LINES, int(before) if before.isdecimal() and len(before) < 10 else 0
    )
    return visit.page(
        "audit",
        rows=rows,
        older=rows[-1].id if len(rows) == AUDIT_LINES else 0,
        whole=visit.parts.store.audit_is_whole(visit.parts.federation_id),
    )


def _held_line(holding: Holding, kept: timedelta | None) -> HeldLine:
    next_gone = holding.oldest + kept if holding.oldest and kept else None
    return HeldLine(holding.kind, holding.count, kept, next_gone)
