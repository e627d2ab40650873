"""The organizers' first page, behind a sign-in with their token."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from heldout_server.competitions import queries as competitions
from heldout_server.errors import ProblemError
from heldout_server.models import Organizer
from heldout_server.organizers import accounts, sessions
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.pages.context import FormError, OrganizePage
from heldout_server.web.pages.dashboard import dashboard
from heldout_server.web.pages.render import render
from heldout_server.web.security import address_of, check_same_site

router = APIRouter(prefix="/organize", include_in_schema=False, default_response_class=HTMLResponse)

COOKIE = "heldout_organizer"
PRIVATE = {"Cache-Control": "no-store"}
Secret = Annotated[str | None, Cookie(alias=COOKIE)]


def signed_in(services: ServicesDep, now: Now, secret: Secret = None) -> Organizer | None:
    """The organizer of this browser, if any."""
    if secret is None:
        return None
    with services.database.read() as session:
        return sessions.signed_in(session, secret, now=now)


SignedIn = Annotated[Organizer | None, Depends(signed_in)]


@router.get("")
def organize(
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    organizer: SignedIn,
    now: Now,
    secret: Secret = None,
) -> Response:
    """The dashboard, or the sign-in form."""
    if organizer is None or secret is None:
        return HTMLResponse(render("organize_signin.html", OrganizePage()), headers=PRIVATE)
    found = competitions.all_competitions(session)
    if not found:
        raise ProblemError("not_found", "There is no competition on this server yet.")
    page = dashboard(
        session, services, request, found[0], csrf=sessions.form_token(secret), now=now
    )
    return HTMLResponse(render("organize.html", page), headers=PRIVATE)


@router.post("/sign-in")
def sign_in(
    request: Request,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
    token: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Exchange the organizer token for a cookie."""
    check_same_site(request)
    address = address_of(request)
    services.guesses.check(address)
    organizer = accounts.by_token(session, token.strip())
    if organizer is None:
        services.guesses.failed(address)
        error = FormError(
            detail="That is not an organizer's token.",
            hint="It was printed when the server first started; "
            "heldout-server organizer-token makes a new one.",
            field="token",
        )
        return HTMLResponse(
            render("organize_signin.html", OrganizePage(error=error)), 401, headers=PRIVATE
        )
    answer = RedirectResponse("/organize", status_code=303)
    answer.set_cookie(
        COOKIE,
        sessions.sign_in(session, organizer, now=now),
        max_age=int(sessions.SESSION_LENGTH.total_seconds()),
        path="/organize",
        httponly=True,
        samesite="strict",
        secure=services.base_url(request).startswith("https://"),
    )
    return answer


@router.post("/sign-out")
def sign_out(
    session: WriteSession,
    csrf: Annotated[str, Form(max_length=100)] = "",
    secret: Secret = None,
) -> Response:
    """End the session, here and on every replica."""
    if secret is not None:
        if csrf != sessions.form_token(secret):
            raise ProblemError(
                "forbidden", "This form was sent from elsewhere.", "Open the page again."
            )
        sessions.sign_out(session, secret)
    answer = RedirectResponse("/organize", status_code=303)
    answer.delete_cookie(COOKIE, path="/organize")
    return answer
