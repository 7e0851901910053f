"""The address the service answers on: a Starlette application under uvicorn, on a thread of its own."""

import threading
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from watcher.assembly import Parts
from watcher.health import sight
from watcher.review.metrics import exposition


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
        """Begin to answer."""
        # uvicorn takes signals only on the main thread, where the service has its own handlers.
        self._thread.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.should_exit = True
        self._thread.join(3.0)


def application(parts: Parts, standing_still: Callable[[], list[str]]) -> Starlette:
    """Return the application: /healthz for supervisors and /metrics for Prometheus, neither with any text."""

    def healthz(_: Request) -> Response:
        stalled = standing_still()
        blind = sum(
            not sight(source, parts.config.federation.timezone).sees
            for source in parts.store.sources(parts.federation_id)
        )
        state = {"status": "stalled" if stalled else "ok", "stalled": stalled, "blind_sources": blind}
        return JSONResponse(state, status_code=503 if stalled else 200)

    def metrics(_: Request) -> Response:
        return Response(exposition(parts), media_type="text/plain; version=0.0.4")

    return Starlette(routes=[Route("/healthz", healthz), Route("/metrics", metrics)])
