"""Joining from a browser, which is signed in from then on; and coming back with one's own code.

Posting is answered by a redirect, so that reloading, going back and a tab that the phone has thrown
away all show the same page: who one is here, with the code to type elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.competitions.codes import personal_letters
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Joining
from heldout_server.people import joining, personal_codes, roster
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.guess_limits import JoinGuess
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.board.notebook_cell import snippet_for
from heldout_server.web.pages.me.view import first_try
from heldout_server.web.routes import Routes
from heldout_server.web.security import address_of, check_same_site
from heldout_server.web.services import Services
from heldout_server.web.signed_in import (
    PRIVATE,
    KnownDep,
    SignedIn,
    SignedInDep,
    is_secure,
    sign_in,
)
from heldout_server.web.view_models.me import Invitation, Joined, JoinPage
from heldout_server.web.view_models.pages import FormError

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)

FIELDS = {"duplicate_name": "name", "validation": "name"}
"""Which input a refusal is of that names none itself; a ban, say, is of none."""


@router.get("/c/{slug}/join")
def join_page(
    slug: str,
    request: Request,
    services: ServicesDep,
    who: SignedInDep,
    known: KnownDep,
    session: ReadSession,
    now: Now,
    code: Annotated[str, Query(max_length=60)] = "",
    left: bool = False,
) -> Response:
    """Who one is here, or the form; a link with `?code=` fills the code in."""
    competition = competitions.by_slug(session, slug)
    page = _page(session, services, competition, request, code, now, known)
    if who is not None:
        page = replace(page, joined=_joined(session, who), code="")
    else:
        page = replace(page, invitation=_invitation(session, competition, code), left=left)
    return HTMLResponse(render("join.html", page), headers=PRIVATE)


@router.post("/c/{slug}/join")
def join(
    slug: str,
    request: Request,
    services: ServicesDep,
    who: SignedInDep,
    known: KnownDep,
    guess: JoinGuess,
    now: Now,
    code: Annotated[str, Form(max_length=60)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    room_code: Annotated[str, Form(max_length=60)] = "",
    as_known: Annotated[bool, Form()] = False,
) -> Response:
    """Join and go to the page that says so; a refusal shows the form again, filled in.

    Whoever is somebody in this browser stays it: joining twice makes no second person.
    `as_known`: as the person that this browser is in another competition.
    """
    check_same_site(request)
    answer = RedirectResponse(f"/c/{slug}/join", 303, headers=PRIVATE)
    if who is not None:
        return answer
    if as_known and known is not None and known.code is not None:
        code = known.code
    address, typed = address_of(request), personal_codes.typed(code)
    try:
        with guess.wrong_on("forbidden"), services.database.write() as session:
            competitions.by_slug(session, slug)
            entered = joining.enter(
                session, code=typed, name=name, now=now, slug=slug, room=room_code,
                admit=partial(services.joins.take, address),
            )  # fmt: skip
            if entered.is_new:
                services.joins.tell(session, address, entered.competition, now=now)
            sign_in(
                answer, session, entered.participant,
                slug=slug, code=entered.personal_code, secure=is_secure(services, request), now=now,
            )  # fmt: skip
    except ProblemError as problem:
        if problem.code == "not_found":
            raise
        shown = "" if as_known else code
        return _refused(
            slug, request, services, problem, now, known,
            code=shown, name=name, room_code=room_code, as_known=as_known,
        )  # fmt: skip
    return answer


def _refused(
    slug: str,
    request: Request,
    services: Services,
    problem: ProblemError,
    now: Now,
    known: SignedIn | None,
    *,
    code: str,
    name: str,
    room_code: str,
    as_known: bool,
) -> Response:
    field = problem.extra.get("field") or FIELDS.get(problem.code)
    error = FormError(detail=problem.detail, hint=problem.hint, field=field)
    with services.database.read() as session:
        competition = competitions.by_slug(session, slug)
        page = _page(session, services, competition, request, code, now, known)
        page = replace(page, name=name, room_code=room_code, error=error, as_known=as_known)
        if problem.code in {"duplicate_name", "validation"}:  # the code is right
            page = replace(page, invitation=_invitation(session, competition, code))
    wait = problem.retry_after_seconds
    headers = {**PRIVATE, **({"Retry-After": str(wait)} if wait else {})}
    return HTMLResponse(render("join.html", page), problem.status, headers)


def _page(
    session: Session,
    services: Services,
    competition: Competition,
    request: Request,
    code: str,
    now: Now,
    known: SignedIn | None,
) -> JoinPage:
    return JoinPage(
        competition=competition_view(session, competition, now=now),
        snippet=snippet_for(services, services.base_url(request), code or _open_code(competition)),
        code=code,
        is_personal=personal_letters(code) is not None,
        known=known.participant.name if known is not None else "",
        known_from=known.competition.title if known is not None else "",
        asks=competition.joining,
        school=services.school_name,
        nicknames=competition.nicknames,
        room_code="" if personal_letters(code) is not None else code,
    )


def _open_code(competition: Competition) -> str | None:
    """What notebooks type where nobody needs a code."""
    return competition.slug if competition.joining == Joining.OPEN else None


def _joined(session: Session, who: SignedIn) -> Joined:
    return Joined(
        participant_id=who.participant.public_id,
        participant_name=who.participant.name,
        code=who.code,
        csrf=who.csrf,
        first=first_try(session, who.competition, who.participant),
    )


def _invitation(session: Session, competition: Competition, code: str) -> Invitation | None:
    """Whom the code was sent to, if it is an invite here."""
    entry = roster.by_invite(session, code)
    if entry is None or entry.competition_id != competition.id:
        return None
    return Invitation(
        name=entry.name,
        team_name=entry.team_name,
        may_rename=competition.nicknames,
        is_used=entry.participant_id is not None,
    )
