"""The evening's switches: pause, extend, freeze, reveal. Each says how it is taken back."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from heldout_server.competitions import editing
from heldout_server.leaderboard import hardest, live, phases
from heldout_server.models import Competition
from heldout_server.web.api.admin import present
from heldout_server.web.api.admin.access import Acting, ActingOwner
from heldout_server.web.api.admin.competitions import ToChange, ToRead
from heldout_server.web.api.admin.shapes.competitions import (
    AdminCompetitionOut,
    ExtendIn,
    FreezeIn,
    LiveBoardOut,
    LiveRowOut,
    ResumeIn,
)
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession

router = APIRouter(prefix="/competitions/{slug}")


class Shown:
    """The competition after an act, in the act's own transaction."""

    def __init__(
        self, request: Request, services: ServicesDep, session: WriteSession, now: Now
    ) -> None:
        self._base_url = services.base_url(request)
        self._session, self._now = session, now

    def __call__(self, competition: Competition) -> AdminCompetitionOut:
        return present.competition_out(self._session, competition, self._base_url, now=self._now)


After = Annotated[Shown, Depends()]


@router.post("/pause")
def pause_competition(
    competition: ToChange, actor: Acting, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Take nothing new; what was announced before still arrives. Inverse: resume."""
    editing.pause(session, actor, competition, now=now)
    return after(competition)


@router.post("/resume")
def resume_competition(
    competition: ToChange,
    actor: Acting,
    session: WriteSession,
    now: Now,
    after: After,
    body: ResumeIn | None = None,
) -> AdminCompetitionOut:
    """Go on after a pause. Inverse: pause."""
    give_back = body is not None and body.give_back_time
    editing.resume(session, actor, competition, give_back_time=give_back, now=now)
    return after(competition)


@router.post("/extend")
def extend_competition(
    body: ExtendIn,
    competition: ToChange,
    actor: Acting,
    session: WriteSession,
    now: Now,
    after: After,
) -> AdminCompetitionOut:
    """Close some minutes later, for everybody. Send an Idempotency-Key: a second click adds
    nothing then. Inverse: as many minutes earlier.
    """
    editing.extend(session, actor, competition, body.minutes, now=now)
    return after(competition)


@router.post("/freeze")
def freeze_board(
    competition: ToChange,
    actor: Acting,
    session: WriteSession,
    now: Now,
    after: After,
    body: FreezeIn | None = None,
) -> AdminCompetitionOut:
    """Let the board stand still, now or from a time on; scoring goes on. Inverse: unfreeze."""
    phases.freeze(session, actor, competition, at=body.at if body else None, now=now)
    return after(competition)


@router.post("/unfreeze")
def unfreeze_board(
    competition: ToChange, actor: Acting, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Let the board move again, with all that arrived meanwhile. Inverse: freeze."""
    phases.unfreeze(session, actor, competition, now=now)
    return after(competition)


@router.post("/reveal")
def reveal_board(
    competition: ToChange, actor: ActingOwner, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Show everybody the private scores and ranks of the final selections. `conceal` takes the
    board back, but not what people saw.
    """
    phases.reveal(session, actor, competition, now=now)
    return after(competition)


@router.post("/conceal")
def conceal_board(
    competition: ToChange, actor: ActingOwner, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Take a reveal back: the public board again. Inverse: reveal."""
    phases.conceal(session, actor, competition, now=now)
    return after(competition)


@router.post("/open-hardest")
def open_hardest_digits(
    competition: ToChange, actor: ActingOwner, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Show everybody the hidden images that most final models got wrong, with their labels; only
    after the reveal. `close_hardest_digits` takes the wall down, but not what people saw.
    """
    hardest.open_wall(session, actor, competition, now=now)
    return after(competition)


@router.post("/close-hardest")
def close_hardest_digits(
    competition: ToChange, actor: ActingOwner, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Take the wall of hardest digits down. Inverse: open_hardest_digits."""
    hardest.close_wall(session, actor, competition, now=now)
    return after(competition)


@router.get("/standings")
def get_live_standings(
    competition: ToRead,
    session: ReadSession,
    split: Annotated[Literal["public", "private"], Query()] = "public",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> LiveBoardOut:
    """The standings of this moment, frozen or not, on either split: for organizers' eyes only."""
    board = live.board(session, competition, split, limit=limit)
    rows = [LiveRowOut.model_validate(row) for row in board.rows]
    return LiveBoardOut(split=split, total=board.total, rows=rows)
