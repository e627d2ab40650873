"""What every response carries, and who may ask how often."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI, Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heldout_server.kit.errors import ProblemError

POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)
# Swagger UI writes style attributes; it shows no user's content.
DOCS_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
POLICY_HEADER = b"content-security-policy"
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
# A year, as browsers' lists of such sites want it.
ONLY_HTTPS = b"max-age=31536000"
GIVEN_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
CHECKS_A_MINUTE = 20


class ResponseHeaders:
    """Pure ASGI: a request id for every request, and safe headers on every response.

    `only_https`: people come by https, also where a proxy in front says nothing of it.
    """

    def __init__(self, app: ASGIApp, only_https: bool) -> None:
        self.app = app
        self.only_https = only_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                message["headers"] = [*given, *self._missing(dict(given), scope, request_id)]
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _missing(
        self, given: dict[bytes, bytes], scope: Scope, request_id: str
    ) -> Iterator[tuple[bytes, bytes]]:
        yield b"x-request-id", request_id.encode()
        yield from (header for header in HEADERS if header[0] not in given)
        policy = given.get(POLICY_HEADER)
        if policy is None:
            policy = _policy(scope["path"])
            yield POLICY_HEADER, policy
        # For browsers that know no frame-ancestors; it can't name the sites that may.
        if b"frame-ancestors 'none'" in policy:
            yield b"x-frame-options", b"DENY"
        if self.only_https or scope["scheme"] == "https":
            yield b"strict-transport-security", ONLY_HTTPS


class CheckTurns:
    """Limits what is free by participant, in memory: it costs processor time.

    `done` ends the sentence "You have …".
    """

    def __init__(self, a_minute: int = CHECKS_A_MINUTE, done: str = "run many checks") -> None:
        self._done = done
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate = RateLimitItemPerMinute(a_minute)
        self._running: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, participant: str) -> Iterator[None]:
        """One check, counted; one at a time, so that nobody holds all places of the scorer.

        Raises ProblemError `rate_limited`.
        """
        self.take(participant)
        with self._lock:
            if participant in self._running:
                raise ProblemError(
                    "rate_limited",
                    "A check of yours is running already.",
                    "Wait for it: one at a time, so that others can check, too.",
                    retry_after_seconds=2,
                )
            self._running.add(participant)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(participant)

    def take(self, participant: str) -> None:
        if not self._limiter.hit(self._rate, participant):
            raise ProblemError(
                "rate_limited",
                f"You have {self._done} within a minute.",
                "Wait a few seconds; it stays free.",
                retry_after_seconds=10,
            )


def address_of(request: Request) -> str:
    """The caller's address, as the server in front of us reports it."""
    return request.client.host if request.client else "unknown"


def check_same_site(request: Request) -> None:
    """Refuse a form that another site posts in a signed-in organizer's name."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site not in {None, "same-origin", "none"}
    if origin not in {None, "null"} and urlsplit(origin).netloc != request.url.netloc:
        foreign = True
    if foreign or origin == "null":
        raise ProblemError(
            "forbidden", "This form was sent from another site.", "Open the page again, then send."
        )


def embed_policy(origins: tuple[str, ...]) -> str:
    """The policy of pages that may stand in a frame on the sites of `origins`."""
    allowed = " ".join(("'self'", *origins)) if origins else "'none'"
    return POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {allowed}")


def allowed_origin(request: Request, origins: tuple[str, ...]) -> str | None:
    """The asking site, if it is one of `origins`."""
    origin = request.headers.get("origin")
    return origin if origin in origins else None


def install(app: FastAPI, *, only_https: bool) -> None:
    """Put the middleware around `app`."""
    app.add_middleware(ResponseHeaders, only_https=only_https)


def _policy(path: str) -> bytes:
    return (DOCS_POLICY if path == "/docs" else POLICY).encode()


def new_request_id() -> str:
    """By which a refusal is found in the log."""
    return secrets.token_hex(8)


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return given if GIVEN_REQUEST_ID.fullmatch(given) else new_request_id()
