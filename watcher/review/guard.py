"""What stands before every page: who is asking, may they, and does a change really come from our own form?"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watcher.review.roles import may
from watcher.review.visit import Desk, NotFound, Visit

LARGEST_FORM = 64 * 1024  #: bytes
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
log = structlog.get_logger()
Handler = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Door:
    """One address and what it asks of a visitor."""

    method: str  #: GET or POST; only POST changes anything
    path: str
    right: str  #: "" for anybody
    handler: Handler
    longest: int = 200  #: characters taken of a value in the query

    def route(self, desk: Desk) -> Route:
        """Return the route that guards this door."""

        async def answer(request: Request) -> Response:
            form = await _form(request) if self.method == "POST" else {}
            if form is None:
                return PlainTextResponse("too large", status_code=413)
            return await run_in_threadpool(_serve, self, desk, request, form)

        return Route(self.path, answer, methods=[self.method])


class SafeHeaders:
    """Puts the security headers on every answer, errors too."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        self._extra = {"Strict-Transport-Security": "max-age=31536000"} if secure else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (HEADERS | self._extra).items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


def comes_from_us(headers: Headers, ours: set[str]) -> bool:
    """Tell whether a change was sent by a page of our own, as far as the browser says. Pure.

    Our pages send no referrer, so browsers may write the origin as "null"; then only Sec-Fetch-Site counts.
    """
    origin, site = headers.get("origin", ""), headers.get("sec-fetch-site", "")
    if site and site != "same-origin":
        return False
    if origin in ("", "null"):
        return site == "same-origin"
    return origin in ours


def _serve(door: Door, desk: Desk, request: Request, form: dict[str, str]) -> Response:
    visit = _visit(desk, request, form, door.longest)
    try:
        return _let_in(door, visit, request)
    except NotFound:
        return visit.page("message", status=404, words="not-found")
    except Exception:  # whatever went wrong, the visitor sees a calm page and the log has no text of a post
        log.exception("page failed", path=door.path)
        return visit.page("message", status=500, words="failed")


def _let_in(door: Door, visit: Visit, request: Request) -> Response:
    if door.right and visit.who is None:
        return _to_sign_in(door, request)
    if door.method == "POST" and not _is_ours(visit, request):
        return visit.page("message", status=403, words="not-ours")
    if door.right and not may(visit.person.role, door.right):
        return visit.page("message", status=403, words="no-right")
    return door.handler(visit)


def _to_sign_in(door: Door, request: Request) -> Response:
    if door.method == "POST":
        return RedirectResponse("/sign-in", status_code=303)
    wanted = request.scope["path"]
    return RedirectResponse(f"/sign-in?next={quote(wanted)}", status_code=303)


def _is_ours(visit: Visit, request: Request) -> bool:
    review = visit.parts.config.review
    parts = urlsplit(review.base_url)
    ours = {f"{parts.scheme}://{parts.netloc}", f"http://{review.host}:{review.port}"}
    token = visit.form.get("token", "")
    return bool(token) and hmac.compare_digest(token, visit.token) and comes_from_us(request.headers, ours)


def _visit(desk: Desk, request: Request, form: dict[str, str], longest: int) -> Visit:
    cookie = request.cookies.get(desk.cookie_name("session"), "")
    who = desk.accounts.who(cookie)
    # Somebody who has not signed in yet is known by a cookie of the sign-in page alone.
    bearer = cookie if who else request.cookies.get(desk.cookie_name("visit"), "")
    return Visit(
        desk=desk,
        path=dict(request.path_params),
        query={name: value[:longest] for name, value in request.query_params.items()},
        form=form,
        cookies=dict(request.cookies),
        address=request.client.host if request.client else "",
        who=who,
        token=desk.accounts.form_token(bearer) if bearer else "",
        now=desk.parts.now(),
    )


async def _form(request: Request) -> dict[str, str] | None:
    """Read a form's fields; None where it is larger than any of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return None
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50))
    except ValueError:  # more fields than any of ours
        return None
