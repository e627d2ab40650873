"""Signing in with the school: there, back again, and in. Participants and organizers alike.

A form posts to us, so that no other site can begin it; it answers with a page that leads on, as
`form-action` lets no form end elsewhere. Whoever comes back gets a new session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import Joining
from heldout_server.people import joining, organizer_sessions, organizers, school_joining, sign_ins
from heldout_server.people.school import SchoolPerson, check_domain
from heldout_server.web.deps import Now, ServicesDep
from heldout_server.web.guess_limits import Guess, JoinGuess
from heldout_server.web.html.render import render
from heldout_server.web.pages.console.forms import storable
from heldout_server.web.pages.console.layout import HOME
from heldout_server.web.pages.console.login import SIGN_IN, sign_in_organizer
from heldout_server.web.pages.console.request import own_page
from heldout_server.web.routes import Routes
from heldout_server.web.school import proxy_header
from heldout_server.web.school.attempt import Attempt, kept
from heldout_server.web.school.ways import CALLBACK, School
from heldout_server.web.security import check_same_site
from heldout_server.web.services import Services
from heldout_server.web.signed_in import PRIVATE, SignedInDep, is_secure, sign_in
from heldout_server.web.view_models.signing_in import SchoolArrived, SchoolLeaving, SchoolRefused

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)

TAKES_CODE = frozenset({Joining.CODE, Joining.SCHOOL_OR_CODE})
WRONG = frozenset({"forbidden", "school_expired", "school_refused"})
"""What counts as a guess, so that trying codes or answers is slow."""
OURS = frozenset({"conflict", "forbidden", "validation"})
"""By these codes it is the contest that lets nobody in, not the school."""


@dataclass(frozen=True)
class SchoolRequest:
    """Somebody on the way."""

    request: Request
    services: Services
    school: School
    guess: Guess
    now: datetime

    @property
    def secure(self) -> bool:
        """Whether cookies may demand https."""
        return is_secure(self.services, self.request)


async def school_request(
    request: Request, services: ServicesDep, guess: JoinGuess, now: Now
) -> SchoolRequest:
    """Raises ProblemError `not_found` where no school's sign-in is set up."""
    if services.school is None:
        raise ProblemError("not_found", "There is no sign-in with a school on this server.")
    return SchoolRequest(request, services, services.school, guess, now)


Asked = Annotated[SchoolRequest, Depends(school_request)]


@router.post("/c/{slug}/school")
async def begin(
    slug: str,
    asked: Asked,
    who: SignedInDep,
    name: Annotated[str, Form(max_length=60)] = "",
    room_code: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """A participant leaves for the school's sign-in."""
    check_same_site(asked.request)
    await run_in_threadpool(_check_is_there, asked.services, slug)
    attempt = Attempt.begun(
        asked.now, slug=slug, name=storable(name), room=storable(room_code),
        me=who.secret if who is not None else "",
    )  # fmt: skip
    return await _leave(asked, attempt)


@router.post(f"{SIGN_IN}/school")
async def begin_as_organizer(
    asked: Asked, next: Annotated[str, Form(max_length=300)] = HOME
) -> Response:
    """An organizer leaves for it."""
    check_same_site(asked.request)
    return await _leave(asked, Attempt.begun(asked.now, next=own_page(next, HOME)))


@router.get(CALLBACK)
async def come_back(
    asked: Asked,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """Whoever comes back from the issuer is in, once: the attempt is over then."""
    attempt = kept(asked.request, state, asked.now, secure=asked.secure)
    if attempt is None:
        return await _refused(asked, None, _expired())
    try:
        person = await _person(asked, attempt, code, error, iss)
        answer = await _enter(asked, attempt, person)
    except ProblemError as problem:
        answer = await _refused(asked, attempt, problem)
    attempt.forget(answer, secure=asked.secure)
    return answer


async def _leave(asked: SchoolRequest, attempt: Attempt) -> Response:
    try:
        if asked.school.provider is None:
            return await _enter(asked, attempt, _by_the_proxy(asked))
        to = await asked.school.provider.address(attempt)
    except ProblemError as problem:
        return await _refused(asked, attempt, problem)
    page = SchoolLeaving(school=asked.school.name, to=to)
    answer = HTMLResponse(render("school_leaving.html", page), headers=PRIVATE)
    attempt.keep(asked.request, answer, secure=asked.secure)
    return answer


def _by_the_proxy(asked: SchoolRequest) -> SchoolPerson:
    return proxy_header.person(
        asked.request,
        email_header=asked.school.email_header,
        name_header=asked.school.name_header,
    )


async def _person(
    asked: SchoolRequest, attempt: Attempt, code: str, error: str, iss: str
) -> SchoolPerson:
    provider = asked.school.provider
    if provider is None:
        raise ProblemError("not_found", "Nobody comes back here from an issuer.")
    if error or not code:
        raise ProblemError(
            "school_refused",
            "The school's sign-in sent you back without signing you in"
            f"{f' ({printable(error, 40)})' if error else ''}.",
            "Sign in again; if it says why, your school's help desk knows what to do.",
        )
    if iss and iss != provider.issuer:
        raise _expired()
    return await provider.person(attempt, code)


async def _enter(asked: SchoolRequest, attempt: Attempt, person: SchoolPerson) -> Response:
    check_domain(person, asked.school.domains)
    async with asked.services.turns.writing:
        if not attempt.slug:
            return await run_in_threadpool(_enter_console, asked, attempt, person)
        try:
            return await run_in_threadpool(_enter_contest, asked, attempt, person)
        except ProblemError as problem:
            if problem.code != "duplicate_name":
                raise
        # Two tabs at the same instant: whoever comes second finds the first one's account.
        return await run_in_threadpool(_enter_contest, asked, attempt, person)


def _enter_contest(asked: SchoolRequest, attempt: Attempt, person: SchoolPerson) -> Response:
    slug = attempt.slug
    with asked.services.database.write() as session:
        here = joining.by_browser(session, attempt.me, now=asked.now) if attempt.me else None
        connects = here is not None and here.school_hash is None
        entered = school_joining.enter(
            session, person,
            slug=slug, name=attempt.name, room=attempt.room, here=here, now=asked.now,
        )  # fmt: skip
        if here is not None and here.id == entered.participant.id:
            to = f"/c/{slug}/me?done=school" if connects else f"/c/{slug}/join"
            return RedirectResponse(to, 303, headers=PRIVATE)  # as who they were: nothing changes
        if attempt.me:
            sign_ins.end(session, attempt.me)
        answer = RedirectResponse(f"/c/{slug}/join", 303, headers=PRIVATE)
        sign_in(
            answer, session, entered.participant,
            slug=slug, code=entered.personal_code, secure=asked.secure, now=asked.now,
        )  # fmt: skip
        return answer


def _enter_console(asked: SchoolRequest, attempt: Attempt, person: SchoolPerson) -> Response:
    to = own_page(attempt.next, HOME)
    with asked.services.database.write() as session:
        organizer = organizers.by_school(session, person, now=asked.now)
        page = SchoolArrived(name=organizer.name, to=to)
        answer = HTMLResponse(render("school_arrived.html", page), headers=PRIVATE)
        secret = organizer_sessions.sign_in(session, organizer, now=asked.now)
        sign_in_organizer(answer, secret, secure=asked.secure)
        return answer


async def _refused(
    asked: SchoolRequest, attempt: Attempt | None, problem: ProblemError
) -> Response:
    asked.guess.was_wrong = problem.code in WRONG
    page = await run_in_threadpool(_page, asked, attempt, problem)
    wait = problem.retry_after_seconds
    headers = {**PRIVATE, **({"Retry-After": str(wait)} if wait else {})}
    return HTMLResponse(render("school_refused.html", page), problem.status, headers)


def _page(asked: SchoolRequest, attempt: Attempt | None, problem: ProblemError) -> SchoolRefused:
    slug = attempt.slug if attempt is not None else ""
    for_organizers = attempt is not None and not slug
    with asked.services.database.read() as session:
        typed = problem.extra.get("field") == "room_code"
        takes_code = bool(slug) and not typed and _takes_code(session, slug)
    return SchoolRefused(
        status=problem.status,
        title="You are not in" if problem.code in OURS else problem.title,
        detail=problem.detail,
        hint=problem.hint,
        request_id=getattr(asked.request.state, "request_id", None),
        school=asked.school.name,
        back=SIGN_IN if for_organizers else f"/c/{slug}/join" if slug else "/",
        for_organizers=for_organizers,
        takes_code=takes_code,
    )


def _takes_code(session: Session, slug: str) -> bool:
    try:
        return competitions.by_slug(session, slug).joining in TAKES_CODE
    except ProblemError:
        return False  # deleted meanwhile


def _check_is_there(services: Services, slug: str) -> None:
    with services.database.read() as session:
        competitions.by_slug(session, slug)


def _expired() -> ProblemError:
    return ProblemError(
        "school_expired",
        "This sign-in has ended already, was begun too long ago, or in another browser.",
        "If you are signed in, go on; otherwise sign in again from the start.",
    )
