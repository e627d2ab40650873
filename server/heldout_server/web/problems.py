"""One shape for every refusal: `application/problem+json` (RFC 9457), or a page for browsers."""

from __future__ import annotations

import json
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heldout_server.blobs import StorageFailed, StorageFull
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.web.html.render import render
from heldout_server.web.view_models.pages import ErrorPage

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
HTTP_CODES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "file_too_large",
}
RETRY_SECONDS = 2
FULL_RETRY_SECONDS = 60


def install(app: FastAPI) -> None:
    """Answer every error of `app` in the one shape."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(IntegrityError, _conflict)
    app.add_exception_handler(OperationalError, _database_down)
    app.add_exception_handler(StorageFailed, _storage_failed)
    app.add_middleware(NoNulAddresses)
    app.add_middleware(UnforeseenFailures)


def problem_response(request: Request, problem: ProblemError) -> Response:
    """The problem as JSON, or as a page when a browser asks for one."""
    headers = dict(getattr(problem, "headers", {}))
    if problem.retry_after_seconds is not None:
        headers["Retry-After"] = str(problem.retry_after_seconds)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    request_id = getattr(request.state, "request_id", None)
    if _wants_page(request):
        return _page(problem, request_id, headers)
    content = document(problem, request_id)
    return Response(content, problem.status, headers, media_type=MEDIA_TYPE)


def document(problem: ProblemError, request_id: str | None) -> bytes:
    """The problem as JSON."""
    found: dict[str, Any] = {
        "type": f"urn:heldout:error:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "hint": problem.hint,
        "request_id": request_id,
        **problem.extra,
    }
    if problem.retry_after_seconds is not None:
        found["retry_after_seconds"] = problem.retry_after_seconds
    return json.dumps(found, ensure_ascii=False).encode()


def _page(problem: ProblemError, request_id: str | None, headers: dict[str, str]) -> Response:
    page = ErrorPage(
        status=problem.status,
        title=problem.title,
        detail=problem.detail,
        hint=problem.hint,
        request_id=request_id,
    )
    html = render("error.html", page)
    return Response(html, problem.status, headers, media_type="text/html; charset=utf-8")


def _wants_page(request: Request) -> bool:
    is_page = not request.url.path.startswith(("/api/", "/client/"))
    return is_page and "text/html" in request.headers.get("accept", "")


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem_response(request, error)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [_in_words(e) for e in error.errors()[:5]]
    problem = ProblemError(
        "validation",
        "; ".join(found) or "The request is not valid.",
        "See /docs for what this address takes.",
    )
    return problem_response(request, problem)


def _in_words(error: Any) -> str:
    # Never the value itself: it may be a token that was sent in the wrong place.
    place = ".".join(printable(str(part), 60) for part in error.get("loc", ())[1:])
    message = printable(str(error.get("msg", "is not valid")), 120)
    return f"{place}: {message}" if place else message


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = HTTP_CODES.get(error.status_code)
    if code is None:
        code = "validation" if error.status_code < 500 else "internal"
    words = {
        "not_found": "There is nothing at this address.",
        "file_too_large": "The request is larger than this address takes.",
        "method_not_allowed": f"{request.method} is not possible here.",
    }
    problem = ProblemError(code, words.get(code, printable(str(error.detail))))
    problem.headers = dict(error.headers or {})  # type: ignore[attr-defined]
    if code == "method_not_allowed":
        problem.headers["Allow"] = ", ".join(_allowed(request))  # type: ignore[attr-defined]
    return problem_response(request, problem)


def _allowed(request: Request) -> list[str]:
    """Every method that some route has at this address; Starlette names one route's."""
    routes = request.app.router.routes

    def works(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in routes)

    return [method for method in METHODS if works(method)]


async def _conflict(request: Request, error: Exception) -> Response:
    # The first line names the constraint; those after it may hold a person's values.
    said = str(getattr(error, "orig", None)).partition("\n")[0]
    log.warning(
        "request.conflict",
        request_id=request.state.request_id, kind=type(error).__name__, said=said,
    )  # fmt: skip
    problem = ProblemError(
        "conflict",
        "Something else changed the same thing at the same moment; nothing was saved.",
        "Try again.",
    )
    return problem_response(request, problem)


async def _database_down(request: Request, error: Exception) -> Response:
    if "disk is full" in str(error):  # SQLite's words
        return await _storage_failed(request, StorageFull("the database can't grow"))
    log.error("request.database_down", request_id=request.state.request_id, exc_info=error)
    problem = ProblemError(
        "unavailable",
        "The database doesn't answer right now; nothing was saved.",
        "Try again in a few seconds.",
        retry_after_seconds=RETRY_SECONDS,
    )
    return problem_response(request, problem)


async def _storage_failed(request: Request, error: Exception) -> Response:
    log.error("request.storage_failed", reason=str(error), full=isinstance(error, StorageFull))
    if isinstance(error, StorageFull):
        problem = ProblemError(
            "storage_full",
            "The server has no room for files left; nothing was saved.",
            "Your file is fine: tell the organizers, and submit it again once they made room.",
            retry_after_seconds=FULL_RETRY_SECONDS,
        )
    else:
        problem = ProblemError(
            "unavailable",
            "The server's file store doesn't answer right now; nothing was saved.",
            "Your file is fine: submit it again in a few seconds.",
            retry_after_seconds=RETRY_SECONDS,
        )
    return problem_response(request, problem)


class NoNulAddresses:
    """Pure ASGI: an address with a NUL names nothing; PostgreSQL would fail on the look-up."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            problem = ProblemError("not_found", "There is nothing at this address.")
            await problem_response(Request(scope), problem)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class UnforeseenFailures:
    """Pure ASGI: answers what no handler expected, in the one shape.

    Not an exception handler for `Exception`: Starlette runs that one outside all middleware, so
    its answer would lack the headers that every other response has.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched_send)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            await _internal(Request(scope), error)(scope, receive, send)


def _internal(request: Request, error: Exception) -> Response:
    request_id = getattr(request.state, "request_id", None)
    log.error("request.failed", request_id=request_id, path=request.url.path, exc_info=error)
    problem = ProblemError(
        "internal",
        "Something went wrong on the server; it isn't your fault.",
        f"Try again. If it stays, tell the organizers this number: {request_id}.",
    )
    return problem_response(request, problem)
