"""The short address: `/j` is typed from the wall, `/j/CODE` is what the QR code holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError
from heldout_server.people import code_destinations
from heldout_server.web.deps import Now, ReadSession
from heldout_server.web.guess_limits import Guess, JoinGuess
from heldout_server.web.html.render import render
from heldout_server.web.room_addresses import SHORT, join_path
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.pages import FormError, ShortAddressPage

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)

SEE_OTHER = 303
LONGEST_CODE = 60


@router.get(SHORT)
def short_address(
    guess: JoinGuess,
    session: ReadSession,
    now: Now,
    code: Annotated[str, Query(max_length=LONGEST_CODE)] = "",
) -> Response:
    """The only competition's join page; where there are several, one field for the code."""
    only = competitions.to_join(session, now)
    if only is not None:
        return RedirectResponse(join_path(only.slug, code.strip()), SEE_OTHER)
    if not code.strip():
        return HTMLResponse(render("short_address.html", ShortAddressPage()))
    return _with_code(session, guess, code)


@router.get(SHORT + "/{code}")
def short_address_with_code(
    guess: JoinGuess,
    session: ReadSession,
    now: Now,
    code: Annotated[str, Path(max_length=LONGEST_CODE)],
) -> Response:
    """The join page that the code belongs to, with the code filled in."""
    return short_address(guess, session, now, code)


def _with_code(session: Session, guess: Guess, code: str) -> Response:
    try:
        with guess.wrong_on("forbidden"):
            competition = code_destinations.competition_of(session, code)
    except ProblemError as problem:
        error = FormError(detail=problem.detail, hint=problem.hint, field="code")
        page = ShortAddressPage(code=code, error=error)
        return HTMLResponse(render("short_address.html", page), problem.status)
    return RedirectResponse(join_path(competition.slug, code.strip()), SEE_OTHER)
