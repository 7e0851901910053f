"""The pages on which people work: the list of cases, one case, and what can be done with it."""

from urllib.parse import urlencode

from starlette.responses import Response

from watcher.evidence import Dossier, pack
from watcher.matching import names_of
from watcher.messages import concern_words
from watcher.review.roles import may, may_see, none_of, one_of
from watcher.review.views import case_line, clocks, graded_concerns, sighting
from watcher.review.visit import NotFound, Visit
from watcher.settings import CONCERNS
from watcher.store import VERDICTS
from watcher.store.records import CaseQuery, CaseRow

PER_PAGE = 25
LONGEST_COMMENT = 4000  #: characters


def listing(visit: Visit) -> Response:
    """List cases, open and urgent ones first."""
    query = _query(visit)
    page = max(1, int(visit.query.get("page", "1")[:6])) if visit.query.get("page", "1").isdecimal() else 1
    store, federation_id = visit.parts.store, visit.parts.federation_id
    rows, total = store.find_cases(federation_id, query, PER_PAGE, (page - 1) * PER_PAGE)
    places = store.places_of([row.id for row in rows])
    kept = {name: value for name, value in visit.query.items() if value and name != "page"}
    return visit.page(
        "cases",
        lines=[case_line(row, places[row.id]) for row in rows],
        total=total,
        query=query,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        at_page=lambda number: "/cases?" + urlencode(kept | {"page": number}),
        concerns=[(concern, concern_words(concern)) for concern in CONCERNS],
        sources=[source.name for source in store.sources(federation_id)],
    )


def case(visit: Visit) -> Response:
    """Show one case without its texts."""
    return _page(visit, _case(visit), shown=False)


def show_text(visit: Visit) -> Response:
    """Show one case with its texts; that is noted."""
    found = _case(visit)
    visit.parts.store.read_case(visit.parts.federation_id, found.reference, visit.person.email, visit.now)
    return _page(visit, _case(visit), shown=True)


def acknowledge(visit: Visit) -> Response:
    """Note that somebody has seen a case."""
    found = _case(visit)
    visit.parts.store.acknowledge_case(visit.parts.federation_id, found.reference, visit.person.email, visit.now)
    return _back(visit, found)


def assign(visit: Visit) -> Response:
    """Give a case to somebody who may see it."""
    found, to = _case(visit), visit.form.get("to", "")
    if to and to not in _colleagues(visit, found):
        raise NotFound
    visit.parts.store.assign_case(visit.parts.federation_id, found.reference, to, visit.person.email, visit.now)
    return _back(visit, found)


def comment(visit: Visit) -> Response:
    """Keep what somebody writes about a case."""
    found, text = _case(visit), visit.form.get("text", "").strip()[:LONGEST_COMMENT]
    if text:
        visit.parts.store.comment_case(
            visit.parts.federation_id, found.reference, text, visit.person.email, visit.now
        )
    return _back(visit, found)


def close(visit: Visit) -> Response:
    """Close a case with the verdict somebody chose; none is chosen for them."""
    found, verdict = _case(visit), visit.form.get("verdict", "")
    if verdict not in VERDICTS:
        return _page(visit, found, shown=False, fault="verdict")
    visit.parts.store.close_case(visit.parts.federation_id, found.reference, verdict, visit.person.email, visit.now)
    return _back(visit, found)


def reopen(visit: Visit) -> Response:
    """Open a closed case again."""
    found = _case(visit)
    visit.parts.store.reopen_case(visit.parts.federation_id, found.reference, visit.person.email, visit.now)
    return _back(visit, found)


def evidence(visit: Visit) -> Response:
    """Answer with the evidence pack of a case; that, and the hash of its manifest, is noted."""
    found, store, who = _case(visit), visit.parts.store, visit.person.email
    made = pack(
        Dossier(
            federation=visit.parts.config.federation.name,
            zone=visit.parts.config.federation.timezone,
            case=found,
            mentions=store.mentions_of(found.id),
            versions=store.versions_of(found.id),
            comments=store.comments_of(found.id),
            history=store.history_of(visit.parts.federation_id, f"case {found.reference}"),
            made_at=visit.now,
            made_by=who,
        )
    )
    detail = {"manifest": made.manifest}
    store.record(visit.parts.federation_id, who, "evidence", f"case {found.reference}", visit.now, detail)
    headers = {"Content-Disposition": f'attachment; filename="{found.reference}.zip"'}
    return Response(made.content, media_type="application/zip", headers=headers)


def _query(visit: Visit) -> CaseQuery:
    asked = visit.query
    state = asked.get("state", "open")
    return CaseQuery(
        state=state if state in ("open", "closed") else "",
        concern=asked.get("concern", "") if asked.get("concern") in CONCERNS else "",
        source=asked.get("source", ""),
        words=asked.get("words", "").strip(),
        one_of=one_of(visit.person.role),
        none_of=none_of(visit.person.role),
    )


def _case(visit: Visit) -> CaseRow:
    found = visit.parts.store.case(visit.parts.federation_id, visit.path["reference"])
    if found is None or not may_see(visit.person.role, found):
        raise NotFound
    return found


def _back(visit: Visit, found: CaseRow) -> Response:
    return visit.go(f"/cases/{found.reference}")


def _colleagues(visit: Visit, found: CaseRow) -> dict[str, str]:
    """Return the e-mail addresses and names of everybody who may see a case."""
    people = visit.parts.store.people(visit.parts.federation_id)
    return {person.email: person.name for person in people if may_see(person.role, found)}


def _page(visit: Visit, found: CaseRow, *, shown: bool, fault: str = "") -> Response:
    store, federation = visit.parts.store, visit.parts.config.federation
    names, versions = names_of(federation), store.versions_of(found.id)
    own = visit.parts.config.steps
    concerns = [concern_words(concern, own.get(concern, ())) for concern in graded_concerns(found)]
    return visit.page(
        "case",
        status=400 if fault else 200,
        case=found,
        concerns=concerns,
        how_often=visit.parts.renderer.how_often(graded_concerns(found)),
        steps=list(dict.fromkeys(step for concern in concerns for step in concern.steps)),
        sightings=[sighting(one, versions, names, shown) for one in store.mentions_of(found.id)],
        shown=shown,
        fault=fault,
        clocks=clocks(found, visit.now, federation.timezone),
        comments=store.comments_of(found.id),
        history=store.history_of(visit.parts.federation_id, f"case {found.reference}"),
        colleagues=_colleagues(visit, found),
        verdicts=VERDICTS,
        may_decide=may(visit.person.role, "decide"),
    )
