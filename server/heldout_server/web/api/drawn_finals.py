"""The drawn final: its wall for everybody; drawing and reading for those who take part."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from heldout_server.competitions import queries as competitions
from heldout_server.finals import drawings, final_phases, readings
from heldout_server.finals.drawings import DrawingIn
from heldout_server.finals.participation import participation
from heldout_server.finals.wall import wall
from heldout_server.web.deps import (
    CallersCompetition,
    CallingParticipant,
    Now,
    ReadSession,
    WriteSession,
)
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.drawn_finals import DrawnFinalOut, MyPartOut, ReadingIn
from heldout_server.web.schemas.drawn_finals_from_rows import drawn_final_out, my_part_out

router = Routes(tags=["drawn final"])

ReadsOnly = Annotated[bool, Query(description="One can't draw: give more to read.")]


@router.get("/competitions/{slug}/drawn-final")
def get_drawn_final(slug: str, session: ReadSession) -> DrawnFinalOut:
    """The final as the wall shows it: drawings that two people have read, and nothing else."""
    competition = competitions.by_slug(session, slug)
    final = final_phases.required(session, competition)
    return drawn_final_out(final, wall(session, competition, final))


@router.post("/me/drawn-final")
def take_part(
    caller: CallingParticipant,
    competition: CallersCompetition,
    session: WriteSession,
    now: Now,
    reads_only: ReadsOnly = False,
) -> MyPartOut:
    """What to do next. Asked again, it offers the same drawing to read until that was read."""
    final = final_phases.of_contest(session, competition)
    return my_part_out(participation(session, final, caller, now=now, reads_only=reads_only))


@router.post("/me/drawn-final/drawings")
def send_drawing(
    body: DrawingIn,
    caller: CallingParticipant,
    competition: CallersCompetition,
    session: WriteSession,
    now: Now,
) -> MyPartOut:
    """Send what one drew; the same strokes again are the same drawing."""
    final = final_phases.of_contest(session, competition)
    drawings.draw(session, final, caller, body, now=now)
    return my_part_out(participation(session, final, caller, now=now))


@router.post("/me/drawn-final/readings")
def send_reading(
    body: ReadingIn,
    caller: CallingParticipant,
    competition: CallersCompetition,
    session: WriteSession,
    now: Now,
    reads_only: ReadsOnly = False,
) -> MyPartOut:
    """Say what a drawing is; said twice, the first one stands."""
    final = final_phases.of_contest(session, competition)
    readings.say(session, final, caller, body.drawing, body.said, now=now)
    return my_part_out(participation(session, final, caller, now=now, reads_only=reads_only))
