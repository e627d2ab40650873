"""One's own row of a board that doesn't show everybody, and those around it that one sees."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.leaderboard import audience, ranking, standings
from heldout_server.models import BoardRule, Competition, Participant
from heldout_server.web.pages.board.from_rows import board_row, competition_view
from heldout_server.web.signed_in import SignedIn
from heldout_server.web.view_models.me import OwnRows, OwnRowsPage


def own_rows_page(session: Session, who: SignedIn, now: datetime) -> OwnRowsPage:
    """The rows alone: open boards fetch them after every score, one for each reader."""
    me = session.get_one(Participant, who.participant.id)
    competition = session.get_one(Competition, me.competition_id)
    return OwnRowsPage(
        competition=competition_view(session, competition, now=now),
        own=own_rows(session, competition, me),
    )


def own_rows(session: Session, competition: Competition, me: Participant) -> OwnRows | None:
    """None where the board shows everybody by name."""
    if competition.board_rule == BoardRule.EVERYBODY:
        return None
    by_pseudonym = competition.board_rule == BoardRule.PSEUDONYMS
    return OwnRows(
        own_id=ranked_as(session, me),
        rows=tuple(board_row(one) for one in standings.around(session, competition, me)),
        participants=standings.total(session, me.competition_id),
        pseudonym=audience.name(competition, me) if by_pseudonym else "",
    )


def ranked_as(session: Session, me: Participant) -> str:
    """Under which public id somebody's row stands: their team's, in a team."""
    holder = ranking.holder_of(session, me)
    return ranking.names(session, [holder])[holder][0]
