"""The latest things that happened on the board, for the ticker and the feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.models import Event, Participant, State, Submission

SCORED = "submission.scored"
QUEUE_KINDS = frozenset({"submission.queued", "submission.rejected", "submission.error"})
"""Events that leave every row of the board as it is."""


def board_version(session: Session, competition_id: int) -> int:
    """The id of the newest event that may have changed the board; the same on every replica."""
    query = (
        select(col(Event.id))
        .where(col(Event.competition_id) == competition_id, col(Event.kind).not_in(QUEUE_KINDS))
        .order_by(col(Event.id).desc())
        .limit(1)
    )
    return session.execute(query).scalar() or 0


@dataclass(frozen=True, slots=True)
class Happening:
    """A score as it was announced: `rank` is the participant's place at that moment."""

    id: int
    at: datetime
    participant_id: str
    participant_name: str
    submission_id: str
    submission_name: str
    score: float
    rank: int | None


def latest(
    session: Session, competition_id: int, *, limit: int, until: datetime | None = None
) -> list[Happening]:
    """The newest scores, newest first, without those taken off the board since.

    `until` leaves out what was received later (a frozen board tells nothing newer).
    """
    query = (
        select(  # type: ignore[call-overload]
            Event.id, Event.created_at, Participant.public_id, Participant.name,
            Submission.public_id, Submission.name,
            col(Event.data)["score"].as_float(), col(Event.data)["rank"].as_integer(),
        )
        .select_from(Event)
        .join(Submission, col(Submission.id) == col(Event.submission_id))
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .where(
            col(Event.competition_id) == competition_id,
            col(Event.kind) == SCORED,
            col(Submission.state) == State.SCORED,
            col(Submission.moderation).is_(None),
        )
        .order_by(col(Event.id).desc())
        .limit(limit)
    )  # fmt: skip
    if until is not None:
        query = query.where(col(Submission.queued_at) < until)
    return [Happening(*row) for row in session.execute(query)]
