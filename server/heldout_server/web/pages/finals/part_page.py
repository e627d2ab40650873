"""Drawing and reading: `/c/<slug>/final`, one page that asks for what comes next by itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.finals import drawings, final_phases, readings
from heldout_server.finals.drawings import DrawingIn
from heldout_server.finals.final_phases import ContestFinal
from heldout_server.finals.participation import participation
from heldout_server.web.deps import Now, ReadSession, WriteSession
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.drawn_finals import MyPartOut, ReadingIn
from heldout_server.web.schemas.drawn_finals_from_rows import my_part_out
from heldout_server.web.security import check_same_site
from heldout_server.web.signed_in import PRIVATE, Me, SignedIn
from heldout_server.web.view_models.finals import FinalPage

router = Routes(prefix="/c/{slug}/final", include_in_schema=False)

ReadsOnly = Annotated[bool, Query()]


async def sender(
    request: Request, who: Me, csrf: Annotated[str, Header(alias="Heldout-Form")] = ""
) -> SignedIn:
    """Whoever sends from a page of theirs. Raises ProblemError `forbidden`."""
    check_same_site(request)
    who.check_form(csrf)
    return who


Sender = Annotated[SignedIn, Depends(sender)]


@router.get("", response_class=HTMLResponse)
def final_page(slug: str, who: Me, session: ReadSession, now: Now) -> Response:
    """The page; who isn't signed in is sent to join."""
    competition = competitions.by_slug(session, slug)
    final_phases.required(session, competition)
    page = FinalPage(
        competition=competition_view(session, competition, now=now),
        name=who.participant.name,
        participant_id=who.participant.public_id,
        csrf=who.csrf,
        classes=tuple(competitions.dataset_of(session, competition).class_names),
    )
    return HTMLResponse(render("final.html", page), headers=PRIVATE)


@router.post("/part")
def take_part(
    who: Sender, session: WriteSession, now: Now, reads_only: ReadsOnly = False
) -> MyPartOut:
    """What to do next."""
    final = final_phases.of_contest(session, who.competition)
    return _part(session, final, who, now, reads_only=reads_only)


@router.post("/drawings")
def send_drawing(body: DrawingIn, who: Sender, session: WriteSession, now: Now) -> MyPartOut:
    """What they drew."""
    final = final_phases.of_contest(session, who.competition)
    drawings.draw(session, final, who.participant, body, now=now)
    return _part(session, final, who, now)


@router.post("/readings")
def send_reading(
    body: ReadingIn, who: Sender, session: WriteSession, now: Now, reads_only: ReadsOnly = False
) -> MyPartOut:
    """What they take a drawing for."""
    final = final_phases.of_contest(session, who.competition)
    readings.say(session, final, who.participant, body.drawing, body.said, now=now)
    return _part(session, final, who, now, reads_only=reads_only)


def _part(
    session: Session, final: ContestFinal, who: SignedIn, now: Now, *, reads_only: bool = False
) -> MyPartOut:
    found = participation(session, final, who.participant, now=now, reads_only=reads_only)
    return my_part_out(found)
