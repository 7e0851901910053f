"""What one can do with one's own account: see it, and have a feed of references for a reader.

A reader cannot sign in, so the address itself is the secret, and what it shows could lie open: reference, concern
and kind of place, as in the subject of an alert.
"""

from datetime import datetime

from starlette.responses import Response

from watcher.messages import concern_words, environment, place_words
from watcher.review.roles import may, none_of, one_of
from watcher.review.views import graded_concerns
from watcher.review.visit import NotFound, Visit
from watcher.store.records import CaseQuery, CaseRow, Person

ENTRIES = 50


def account(visit: Visit) -> Response:
    """Show somebody what is known of them here."""
    return _account(visit)


def begin(visit: Visit) -> Response:
    """Give somebody a new feed and show its address, this once."""
    token = visit.desk.accounts.give_feed(visit.person)
    return _account(visit, f"{visit.parts.config.review.base_url}/feed/{token}")


def end(visit: Visit) -> Response:
    """Take somebody's feed away; its address shows nothing from now on."""
    visit.parts.store.set_feed(visit.parts.federation_id, visit.person, None, visit.now)
    return visit.go("/account")


def feed(visit: Visit) -> Response:
    """Answer a reader that knows the address."""
    person = visit.desk.accounts.whose_feed(visit.path["secret"])
    if person is None or not may(person.role, "cases"):
        raise NotFound
    return Response(_atom(visit, person), media_type="application/atom+xml")


def _account(visit: Visit, address: str = "") -> Response:
    provider = visit.parts.config.review.openid
    person = visit.parts.store.person_by_email(visit.parts.federation_id, visit.person.email)
    return visit.page("account", person=person, elsewhere=provider.name if provider else "", address=address)


def _atom(visit: Visit, person: Person) -> str:
    store, federation_id = visit.parts.store, visit.parts.federation_id
    query = CaseQuery(state="open", one_of=one_of(person.role), none_of=none_of(person.role))
    cases, _ = store.find_cases(federation_id, query, ENTRIES)
    places = store.places_of([case.id for case in cases])
    return (
        environment()
        .get_template("feed.xml.jinja")
        .render(
            base=visit.parts.config.review.base_url,
            entries=[(case, _title(case), _place(places[case.id])) for case in cases],
            updated=max((case.changed_at for case in cases), default=visit.now),
            stamp=_stamp,
        )
    )


def _title(case: CaseRow) -> str:
    return " and ".join(concern_words(concern).title for concern in graded_concerns(case))


def _place(places: list[tuple[str, str]]) -> str:
    """Return where a case stands; the source's name is left out, since it may say more than a kind."""
    return next((place_words(platform) for _, platform in places), place_words("other"))


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
