"""How long requests take, by route; pure ASGI."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heldout_server.kit.metrics import HTTP_OPEN, HTTP_SECONDS

# One label for all that is no route: addresses that strangers make up must not grow the metrics.
NO_ROUTE = "none"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MeasuredRequests:
    """Observes the seconds until a response begins, so that open streams don't count."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()

        async def measured_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                _observe(scope, message["status"], time.perf_counter() - started)
            await send(message)

        HTTP_OPEN.inc()
        try:
            await self.app(scope, receive, measured_send)
        finally:
            HTTP_OPEN.dec()


def _observe(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", NO_ROUTE)
    method = scope["method"] if scope["method"] in METHODS else "other"
    HTTP_SECONDS.labels(method, route, str(status)).observe(seconds)
