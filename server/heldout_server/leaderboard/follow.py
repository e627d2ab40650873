"""The board follows what happens: told of each event, it sets the rows anew that may be others."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import Session, col

from heldout_server.acts.events import EventKind, Happening
from heldout_server.leaderboard import ladder, standings
from heldout_server.models import Best, Participant, Submission


def follow(session: Session, happening: Happening) -> None:
    """Called in the transaction of each event, before it gets its place in the order."""
    if happening.kind is EventKind.RERANKED:
        ladder.mend(session, happening.competition_id)
    if happening.kind.moves_every_row:
        standings.recompute_all(session, happening.competition_id)
    elif happening.kind is EventKind.BOARD_CHANGED:
        people = _people(session, happening)
        ladder.mend(session, happening.competition_id, people)
        for participant in people:
            # Whoever held a team's row may hold none now.
            session.execute(delete(Best).where(col(Best.participant_id) == participant.id))
            standings.recompute(session, participant)


def _people(session: Session, happening: Happening) -> list[Participant]:
    ids = list(happening.people)
    if happening.submission_id is not None:
        ids.append(session.get_one(Submission, happening.submission_id).participant_id)
    return [session.get_one(Participant, number) for number in ids]
