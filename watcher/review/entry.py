"""Signing in, out, and joining by an invitation."""

import secrets

import segno
import structlog
from markupsafe import Markup
from starlette.responses import Response

from watcher.review.accounts import SHORTEST_PASSWORD, Attempt, NotSignedIn
from watcher.review.roles import home
from watcher.review.visit import NotFound, Visit
from watcher.store.records import Person

log = structlog.get_logger()
_DEVICE_KEPT = 180 * 24 * 3600  #: seconds a browser is known again


def sign_in_page(visit: Visit) -> Response:
    """Ask for address, password and code."""
    if visit.who:
        return visit.go(home(visit.who.role))
    return asking(visit)


def sign_in(visit: Visit) -> Response:
    """Begin a session where all three are right."""
    form, desk = visit.form, visit.desk
    if not desk.passwords:
        raise NotFound
    attempt = Attempt(
        email=form.get("email", "")[:254],
        password=form.get("password", ""),
        code=form.get("code", "")[:20],
        address=visit.address,
        device=visit.cookies.get(desk.cookie_name("device"), ""),
    )
    try:
        person, token = desk.accounts.sign_in(attempt)
    except NotSignedIn as refusal:
        log.info("sign-in refused", why=refusal.words)
        return asking(visit, refusal.words)
    return welcome(visit, person, token, form.get("next", ""))


def sign_out(visit: Visit) -> Response:
    """End the session."""
    desk = visit.desk
    desk.accounts.sign_out(visit.cookies.get(desk.cookie_name("session"), ""))
    answer = visit.go("/sign-in?out=1")
    desk.forget_cookie(answer, "session")
    return answer


def join_page(visit: Visit) -> Response:
    """Let an invited person choose a password and set up the second factor."""
    return _joining(visit, _invited(visit))


def join(visit: Visit) -> Response:
    """Take the invited person in and sign them in."""
    person = _invited(visit)
    if visit.form.get("password", "") != visit.form.get("again", ""):
        return _joining(visit, person, "differ")
    try:
        visit.desk.accounts.join(person, visit.form.get("password", ""), visit.form.get("code", ""))
    except NotSignedIn as refusal:
        return _joining(visit, person, refusal.words)
    return welcome(visit, person, visit.desk.accounts.open_session(person), "")


def welcome(visit: Visit, person: Person, token: str, wanted: str) -> Response:
    """Give a browser its new session, and the page that was wanted where it is one of ours."""
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    answer = visit.go(wanted if inside else home(person.role))
    visit.desk.cookie(answer, "session", token)
    visit.desk.cookie(answer, "device", visit.desk.accounts.device(person), _DEVICE_KEPT)
    return answer


def asking(visit: Visit, refusal: str = "") -> Response:
    """Show the sign-in page; `refusal` says why somebody was not let in."""
    wanted = visit.form.get("next", "") or visit.query.get("next", "")
    cookie = secrets.token_urlsafe(16)
    status = {"": 200, "wait": 429, "openid-away": 503}.get(refusal, 401)
    openid = visit.desk.openid
    values = {
        "refusal": refusal,
        "wanted": wanted,
        "form_token": visit.desk.accounts.form_token(cookie),
        "passwords": visit.desk.passwords,
        "elsewhere": openid.provider.name if openid else "",
        "end_session": openid.end_session() if openid and "out" in visit.query else "",
    }
    answer = visit.page("sign-in", status=status, **values)
    visit.desk.cookie(answer, "visit", cookie)
    return answer


def _invited(visit: Visit) -> Person:
    person = visit.desk.accounts.invited(visit.path["invitation"])
    if person is None or not visit.desk.passwords:
        raise NotFound
    return person


def _joining(visit: Visit, person: Person, refusal: str = "") -> Response:
    accounts = visit.desk.accounts
    address = accounts.factor_address(person, visit.parts.config.federation.name)
    cookie = secrets.token_urlsafe(16)
    answer = visit.page(
        "join",
        status=400 if refusal else 200,
        person=person,
        refusal=refusal,
        shortest=SHORTEST_PASSWORD,
        secret=accounts.factor(person),
        picture=Markup(segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", dark="#000")),  # noqa: S704  # segno's own drawing
        form_token=accounts.form_token(cookie),
    )
    visit.desk.cookie(answer, "visit", cookie)
    return answer
