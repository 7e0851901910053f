"""Signing in with an account elsewhere: out to the provider, and back."""

from starlette.responses import Response

from watcher.review.accounts import NotSignedIn
from watcher.review.entry import asking, welcome
from watcher.review.roles import home
from watcher.review.throttle import ADDRESS
from watcher.review.trip import LONGEST_TRIP, Trip, begin, trip_of
from watcher.review.visit import NotFound, Visit

#: Refusals after a provider has vouched for somebody; each is worth a line of the audit log.
NOTED = frozenset(f"openid-{why}" for why in ("forged", "elsewhere", "unverified", "unknown", "taken"))


def leave(visit: Visit) -> Response:
    """Send the browser to the provider where its owner has an account."""
    desk = visit.desk
    if desk.openid is None:
        raise NotFound
    if visit.who:
        return visit.go(home(visit.who.role))
    cookie = begin(visit.now, visit.query.get("next", ""))
    try:
        answer = visit.go(desk.openid.departure(_trip(visit, cookie)))
    except NotSignedIn as refusal:
        return asking(visit, refusal.words)
    desk.cookie(answer, "trip", cookie, int(LONGEST_TRIP.total_seconds()))
    return answer


def come_back(visit: Visit) -> Response:
    """Begin a session for whom the provider vouches for."""
    desk = visit.desk
    if desk.openid is None:
        raise NotFound
    try:
        trip = _trip(visit, visit.cookies.get(desk.cookie_name("trip"), ""))
        identity = desk.openid.arrival(visit.query, trip)
        person, token = desk.accounts.enter(identity, desk.openid.provider.name)
        answer = welcome(visit, person, token, trip.wanted)
    except NotSignedIn as refusal:
        answer = _refused(visit, refusal.words, desk.openid.provider.name)
    desk.forget_cookie(answer, "trip")
    return answer


def _trip(visit: Visit, cookie: str) -> Trip:
    accounts = visit.desk.accounts
    trip = trip_of(cookie, accounts.derived, visit.now)
    if trip is None:
        raise NotSignedIn("openid-old")
    if not accounts.throttle.allows(f"address:{visit.address}", ADDRESS, visit.now):
        raise NotSignedIn("wait")
    return trip


def _refused(visit: Visit, words: str, provider: str) -> Response:
    if words in NOTED:
        parts = visit.parts
        parts.store.record(parts.federation_id, provider, "refuse", "sign-in", visit.now, {"why": words})
    return asking(visit, words)
