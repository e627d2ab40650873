"""Letting the board follow an act on people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from heldout_server.acts import events
from heldout_server.leaderboard import standings
from heldout_server.models import Best, Participant

BOARD_CHANGED = "board.changed"


def follow(session: Session, people: Iterable[Participant], *, now: datetime) -> None:
    """Set the rows of these people, or of their teams, anew, and tell the room."""
    for participant in people:
        session.execute(delete(Best).where(col(Best.participant_id) == participant.id))
        standings.recompute(session, participant)
        competition_id = participant.competition_id
        events.append(session, BOARD_CHANGED, competition_id=competition_id, now=now)
