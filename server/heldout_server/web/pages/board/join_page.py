"""Joining from a browser: the form, and the token with the cell to paste."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse

from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError
from heldout_server.people import joining, personal_codes
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.guess_limits import JoinGuess
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.board.notebook_cell import snippet_for
from heldout_server.web.security import address_of, check_same_site
from heldout_server.web.view_models.pages import FormError, Joined, JoinPage

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
FIELDS = {"forbidden": "code", "duplicate_name": "name", "validation": "name"}


@router.get("/c/{slug}/join")
def join_page(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    code: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The form and the snippet; a link with `?code=` fills the code in."""
    competition = competitions.by_slug(session, slug)
    page = JoinPage(
        competition=competition_view(session, competition, now=now),
        snippet=snippet_for(services, services.base_url(request), code or None),
        code=code,
    )
    return HTMLResponse(render("join.html", page))


@router.post("/c/{slug}/join")
def join(
    slug: str,
    request: Request,
    services: ServicesDep,
    guess: JoinGuess,
    now: Now,
    code: Annotated[str, Form(max_length=60)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Join, and show the token once; a refusal shows the form again, filled in."""
    check_same_site(request)
    with services.database.read() as session:
        shown = competition_view(session, competitions.by_slug(session, slug), now=now)
    page = JoinPage(
        competition=shown,
        snippet=snippet_for(services, services.base_url(request), code or None),
        code=code,
        name=name,
    )
    address, typed = address_of(request), personal_codes.typed(code)
    try:
        with guess.wrong_on("forbidden"), services.database.write() as session:
            entered = joining.join(
                session,
                code=typed,
                name=name,
                now=now,
                slug=slug,
                admit=partial(services.joins.take, address),
            )
            services.joins.tell(session, address, entered.competition, now=now)
    except ProblemError as problem:
        return _refused(page, problem)
    joined = Joined(
        participant_id=entered.participant.public_id,
        participant_name=entered.participant.name,
        token=entered.token,
    )
    return _page(_with(page, joined=joined), 201)


def _refused(page: JoinPage, problem: ProblemError) -> Response:
    error = FormError(detail=problem.detail, hint=problem.hint, field=FIELDS.get(problem.code))
    wait = problem.retry_after_seconds
    return _page(
        _with(page, error=error), problem.status, {"Retry-After": str(wait)} if wait else {}
    )


def _with(page: JoinPage, **changes: object) -> JoinPage:
    fields = {name: getattr(page, name) for name in page.__dataclass_fields__}
    return JoinPage(**{**fields, **changes})


def _page(page: JoinPage, status: int, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    # The page with a token must not be found again in a shared machine's cache.
    headers = {"Cache-Control": "no-store", **headers}
    return HTMLResponse(render("join.html", page), status, headers)
