"""The address the service answers on: a Starlette application under uvicorn, on a thread of its own."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from watcher.assembly import Parts
from watcher.config import Review
from watcher.health import LEFT_AFTER, left_lying, sight
from watcher.mendable import Mendable
from watcher.review.doors import DOORS, open_desk
from watcher.review.guard import SafeHeaders
from watcher.review.metrics import exposition
from watcher.review.pages import render
from watcher.store import StoreError

_OF_PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class ReviewServer:
    """Serves until stopped."""

    def __init__(self, parts: Parts, standing_still: Callable[[], list[str]]) -> None:
        review = parts.config.review
        self.address = f"{review.host}:{review.port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                application(parts, standing_still),
                host=review.host,
                port=review.port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True, name="review")

    def start(self) -> None:
        """Begin to answer. Raises Mendable where the address is not free."""
        # uvicorn takes signals only on the main thread, where the service has its own handlers.
        self._thread.start()
        while self._thread.is_alive() and not self._server.started:
            self._thread.join(0.01)
        if not self._server.started:
            raise Mendable(f"[review], listen: expected an address that is free; {self.address} is not")

    def stop(self) -> None:
        """Stop answering."""
        self._server.should_exit = True
        self._thread.join(3.0)


def application(parts: Parts, standing_still: Callable[[], list[str]]) -> ASGIApp:
    """Return the application: the review page, /healthz for supervisors and /metrics for Prometheus."""
    began = parts.now()

    def healthz(request: Request) -> Response:
        try:
            state = _health(parts, [*standing_still(), *_left_lying(parts, began)])
        except StoreError:
            state = {"status": "no database"}
        told = state if is_direct(request.headers, parts.config.review) else {"status": state["status"]}
        return JSONResponse(told, status_code=200 if state["status"] == "ok" else 503)

    def metrics(request: Request) -> Response:
        if not is_direct(request.headers, parts.config.review):
            return nothing_here(request)
        return Response(exposition(parts), media_type="text/plain; version=0.0.4")

    def nothing_here(_: Request, __: Exception | None = None) -> Response:
        page = render("message", federation=parts.config.federation, who=None, token="", words="not-found")
        return HTMLResponse(page, status_code=404)

    desk = open_desk(parts)
    routes = [Route("/healthz", healthz), Route("/metrics", metrics), *(door.route(desk) for door in DOORS)]
    pages = Starlette(routes=routes, exception_handlers={404: nothing_here, 405: nothing_here})
    return SafeHeaders(TrustedHostMiddleware(pages, known_hosts(parts.config.review)), desk.secure)


def is_direct(headers: Headers, review: Review) -> bool:
    """Tell whether somebody asks the listening address itself, and not through the proxy that people come by."""
    own = {f"{host}:{review.port}" for host in (review.host, "127.0.0.1", "localhost")}
    return headers.get("host", "") in own and not any(name in headers for name in _OF_PROXIES)


def _health(parts: Parts, stalled: list[str]) -> dict[str, Any]:
    zone = parts.config.federation.timezone
    blind = sum(not sight(source, zone).sees for source in parts.store.sources(parts.federation_id))
    return {"status": "stalled" if stalled else "ok", "stalled": stalled, "blind_sources": blind}


def _left_lying(parts: Parts, began: datetime) -> list[str]:
    since = parts.now() - LEFT_AFTER
    if since < began:
        return []  # what had piled up before is being done
    return left_lying(parts.store.overdue(parts.federation_id, since))


def known_hosts(review: Review) -> list[str]:
    """Return the host names people may ask for; any other is a trick."""
    public = urlsplit(review.base_url).hostname or ""
    return list(dict.fromkeys((public, review.host, "127.0.0.1", "localhost")))
