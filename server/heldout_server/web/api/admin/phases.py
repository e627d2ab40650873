"""The evening's switches: pause, extend, freeze, reveal. Each says how it is taken back."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from heldout_server.competitions import freeze_and_reveal, hardest_wall, settings_acts
from heldout_server.leaderboard import organizer_standings
from heldout_server.models import Competition
from heldout_server.web.api.admin.access import Acting, ActingOwner
from heldout_server.web.api.admin.competitions import ToChange, ToRead
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.schemas import admin_from_rows
from heldout_server.web.schemas.competitions import (
    AdminCompetitionOut,
    ExtendIn,
    FreezeIn,
    LiveBoardOut,
    LiveRowOut,
    ResumeIn,
    RevealIn,
)

router = APIRouter(prefix="/competitions/{slug}")


class Shown:
    """The competition after an act, in the act's own transaction."""

    def __init__(
        self, request: Request, services: ServicesDep, session: WriteSession, now: Now
    ) -> None:
        self._base_url = services.base_url(request)
        self._session, self._now = session, now

    def __call__(self, competition: Competition) -> AdminCompetitionOut:
        return admin_from_rows.competition_out(
            self._session, competition, self._base_url, now=self._now
        )


After = Annotated[Shown, Depends()]


@router.post("/pause")
def pause_competition(
    competition: ToChange, actor: Acting, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Take nothing new; what was announced before still arrives. Inverse: resume."""
    settings_acts.pause(session, actor, competition, now=now)
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
    settings_acts.resume(session, actor, competition, give_back_time=give_back, now=now)
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
    settings_acts.extend(session, actor, competition, body.minutes, now=now)
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
    freeze_and_reveal.freeze(session, actor, competition, at=body.at if body else None, now=now)
    return after(competition)


@router.post("/unfreeze")
def unfreeze_board(
    competition: ToChange, actor: Acting, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Let the board move again, with all that arrived meanwhile. Inverse: freeze."""
    freeze_and_reveal.unfreeze(session, actor, competition, now=now)
    return after(competition)


@router.post("/reveal")
def reveal_board(
    competition: ToChange,
    actor: ActingOwner,
    session: WriteSession,
    now: Now,
    after: After,
    body: RevealIn | None = None,
) -> AdminCompetitionOut:
    """Show everybody the private scores and ranks of the final selections; with `close`, also end
    a competition that is still open. `conceal` takes the board back, but not what people saw.
    """
    close = body is not None and body.close
    freeze_and_reveal.reveal(session, actor, competition, close=close, now=now)
    return after(competition)


@router.post("/conceal")
def conceal_board(
    competition: ToChange, actor: ActingOwner, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Take a reveal back: the public board again. Inverse: reveal."""
    freeze_and_reveal.conceal(session, actor, competition, now=now)
    return after(competition)


@router.post("/open-hardest")
def open_hardest_digits(
    competition: ToChange, actor: ActingOwner, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Show everybody the hidden images that most final models got wrong, with their labels; only
    after the reveal. `close_hardest_digits` takes the wall down, but not what people saw.
    """
    hardest_wall.open_wall(session, actor, competition, now=now)
    return after(competition)


@router.post("/close-hardest")
def close_hardest_digits(
    competition: ToChange, actor: ActingOwner, session: WriteSession, now: Now, after: After
) -> AdminCompetitionOut:
    """Take the wall of hardest digits down. Inverse: open_hardest_digits."""
    hardest_wall.close_wall(session, actor, competition, now=now)
    return after(competition)


@router.get("/standings")
def get_live_standings(
    competition: ToRead,
    session: ReadSession,
    split: Annotated[Literal["public", "private"], Query()] = "public",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> LiveBoardOut:
    """The standings of this moment, frozen or not, on either split: for organizers' eyes only."""
    board = organizer_standings.board(session, competition, split, limit=limit)
    rows = [LiveRowOut.model_validate(row) for row in board.rows]
    return LiveBoardOut(split=split, total=board.total, rows=rows)
