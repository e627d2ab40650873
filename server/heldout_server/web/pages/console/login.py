"""Signing in with a token or with a password, and out again."""

from __future__ import annotations

from typing import Annotated

from fastapi import Cookie, FastAPI, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from heldout_server.models import Organizer
from heldout_server.people import organizer_sessions, organizers
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.guess_limits import PasswordGuess, TokenGuess
from heldout_server.web.html.render import render
from heldout_server.web.pages.console import flash
from heldout_server.web.pages.console.forms import storable
from heldout_server.web.pages.console.layout import HOME
from heldout_server.web.pages.console.request import (
    COOKIE,
    PRIVATE,
    FormSent,
    SignInNeeded,
    is_secure,
    own_page,
)
from heldout_server.web.routes import Routes
from heldout_server.web.security import check_same_site
from heldout_server.web.services import Services
from heldout_server.web.view_models.pages import FormError
from heldout_server.web.view_models.signing_in import OrganizePage

router = Routes()

SIGN_IN = f"{HOME}/sign-in"
WRONG_TOKEN = FormError(
    detail="That is not an organizer's token.",
    hint="It was printed when the server first started; "
    "heldout-server organizer-token makes a new one.",
    field="token",
)
WRONG_PASSWORD = FormError(
    detail="There is no organizer with this name and password.",
    hint="Sign in with a token if no password was ever set.",
    field="password",
)
Next = Annotated[str, Query(max_length=300)]
SaidCookie = Cookie(alias=flash.COOKIE)
NextField = Annotated[str, Form(max_length=300)]


def install(app: FastAPI) -> None:
    """Whoever isn't signed in is sent to the form, and afterwards to where they were going."""
    app.add_exception_handler(SignInNeeded, _to_the_form)


async def _to_the_form(request: Request, error: Exception) -> Response:
    asked_for = request.url.path if request.method == "GET" else ""
    ended = "" if request.method == "GET" else "&ended=true"
    return RedirectResponse(f"{SIGN_IN}?next={asked_for or HOME}{ended}", 303)


@router.get("/sign-in")
def sign_in_form(
    services: ServicesDep,
    next: Next = HOME,
    ended: bool = False,
    cookie: Annotated[str | None, SaidCookie] = None,
) -> Response:
    """The form, with what was done just before one's browsers were signed out."""
    said = flash.take(cookie)
    page = OrganizePage(
        next=own_page(next, HOME),
        ended=ended,
        said=said.text if said else "",
        school=services.school_name,
    )
    answer = HTMLResponse(render("organize/sign_in.html", page), headers=PRIVATE)
    flash.forget(answer)
    return answer


@router.post("/sign-in")
def sign_in(
    request: Request,
    services: ServicesDep,
    guess: TokenGuess,
    session: WriteSession,
    now: Now,
    token: Annotated[str, Form(max_length=200)] = "",
    next: NextField = HOME,
) -> Response:
    """Exchange the organizer token for a cookie."""
    check_same_site(request)
    organizer = organizers.by_token(session, token.strip())
    if organizer is None:
        guess.was_wrong = True
        return _refused(services, WRONG_TOKEN, next)
    return _signed_in(request, services, session, organizer, next, now)


@router.post("/sign-in/password")
def sign_in_with_password(
    request: Request,
    services: ServicesDep,
    guess: PasswordGuess,
    reading: ReadSession,
    session: WriteSession,
    now: Now,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: NextField = HOME,
) -> Response:
    """Exchange name and password for a cookie. Wrong ones are slow."""
    check_same_site(request)
    # Compared outside the writing transaction: the hash is slow on purpose.
    organizer = organizers.by_password(reading, storable(name), password)
    if organizer is None:
        guess.was_wrong = True
        return _refused(services, WRONG_PASSWORD, next, name)
    return _signed_in(request, services, session, organizer, next, now)


@router.post("/sign-out")
def sign_out(asked: FormSent, session: WriteSession) -> Response:
    """End the session, here and on every replica."""
    organizer_sessions.sign_out(session, asked.visitor.secret)
    answer = RedirectResponse(HOME, status_code=303)
    answer.delete_cookie(COOKIE, path=HOME)
    return answer


def _signed_in(
    request: Request,
    services: ServicesDep,
    session: Session,
    organizer: Organizer,
    next: str,
    now: Now,
) -> Response:
    answer = RedirectResponse(own_page(next, HOME), status_code=303)
    secret = organizer_sessions.sign_in(session, organizer, now=now)
    sign_in_organizer(answer, secret, secure=is_secure(services, request))
    return answer


def sign_in_organizer(answer: Response, secret: str, *, secure: bool) -> None:
    """Let the browser that gets `answer` be the organizer whose session this is."""
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(organizer_sessions.SESSION_LENGTH.total_seconds()),
        path=HOME,
        httponly=True,
        samesite="strict",
        secure=secure,
    )


def _refused(services: Services, error: FormError, next: str, name: str = "") -> Response:
    page = OrganizePage(
        error=error, next=own_page(next, HOME), name=name, school=services.school_name
    )
    return HTMLResponse(render("organize/sign_in.html", page), 401, headers=PRIVATE)
