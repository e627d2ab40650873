"""The ranked rows: best public score of each participant, ties to who got there first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlmodel import Session, col

from heldout_server.models import Best, Participant, Score, State, Submission

PUBLIC = "public"
PRIVATE = "private"


@dataclass(frozen=True)
class Standing:
    """One row of a board. `score` and `error_count` are on the public split."""

    rank: int
    participant_id: str
    participant_name: str
    submission_id: str
    submission_name: str
    score: float
    error_count: int
    entries: int
    reached_at: datetime


@dataclass(frozen=True)
class Standings:
    """A page of the board out of `total` ranked participants."""

    rows: tuple[Standing, ...]
    total: int


def page(session: Session, competition_id: int, *, limit: int, offset: int = 0) -> Standings:
    """Rows `offset` to `offset + limit`, best first. Reads one row a participant."""
    query = (
        # Columns, not objects: building 600 objects costs ten times as much as the query.
        select(  # type: ignore[call-overload]
            Participant.public_id,
            Participant.name,
            Submission.public_id,
            Submission.name,
            Best.score,
            Score.error_count,
            Best.entries,
            Best.reached_at,
        )
        .select_from(Best)
        .join(Participant, col(Participant.id) == col(Best.participant_id))
        .join(Submission, col(Submission.id) == col(Best.submission_id))
        .join(
            Score,
            and_(col(Score.submission_id) == col(Best.submission_id), col(Score.split) == PUBLIC),
        )
        .where(col(Best.competition_id) == competition_id)
        .order_by(col(Best.score).desc(), col(Best.reached_at), col(Best.participant_id))
        .offset(offset)
        .limit(limit)
    )
    found = session.execute(query)
    rows = tuple(Standing(rank, *row) for rank, row in enumerate(found, offset + 1))
    return Standings(rows, total(session, competition_id))


def total(session: Session, competition_id: int) -> int:
    """How many participants are ranked."""
    query = select(func.count()).where(col(Best.competition_id) == competition_id)
    number: int = session.execute(query).scalar_one()
    return number


def updated_at(session: Session, competition_id: int) -> datetime | None:
    """When the newest row of the board was reached."""
    query = select(func.max(Best.reached_at)).where(col(Best.competition_id) == competition_id)
    return session.execute(query).scalar()


def submission_public_id(session: Session, best: Best) -> str:
    """The public id of the submission that holds this row."""
    return session.get_one(Submission, best.submission_id).public_id


def best_of(session: Session, participant_id: int) -> Best | None:
    """The participant's row on the board, if any."""
    return session.get(Best, participant_id)


def rank_of(session: Session, best: Best) -> int:
    """The place of this row: one more than the number of rows before it."""
    before = or_(
        col(Best.score) > best.score,
        and_(col(Best.score) == best.score, col(Best.reached_at) < best.reached_at),
        and_(
            col(Best.score) == best.score,
            col(Best.reached_at) == best.reached_at,
            col(Best.participant_id) < best.participant_id,
        ),
    )
    query = select(func.count()).where(col(Best.competition_id) == best.competition_id, before)
    number_before: int = session.execute(query).scalar_one()
    return number_before + 1


def recompute(session: Session, participant: Participant) -> Best | None:
    """Set the participant's best row from their scored, unmoderated submissions.

    Called in the transaction that scores, withdraws or restores one: the row can't drift.
    """
    assert participant.id is not None
    scored = _scored(participant.id)
    entries = session.execute(select(func.count()).select_from(scored.subquery())).scalar_one()
    top = session.execute(
        scored.order_by(col(Score.score).desc(), col(Submission.id)).limit(1)
    ).first()
    found = session.get(Best, participant.id)
    if top is None:
        if found is not None:
            session.delete(found)
        return None
    submission_id, score, received_at = top
    best = found or Best(participant_id=participant.id, competition_id=participant.competition_id)  # type: ignore[call-arg]
    best.submission_id, best.score, best.reached_at = submission_id, score, received_at
    best.entries = entries
    session.add(best)
    session.flush()
    return best


def recompute_all(session: Session, competition_id: int) -> None:
    """Set every participant's best row: after a re-score."""
    query = select(Participant).where(col(Participant.competition_id) == competition_id)
    for participant in session.execute(query.order_by(col(Participant.id))).scalars().all():
        recompute(session, participant)


def previous_best(session: Session, submission: Submission) -> float | None:
    """The participant's best public score among submissions sent before this one."""
    query = select(func.max(Score.score)).select_from(Submission).join(Score, _public_score())
    query = query.where(
        col(Submission.participant_id) == submission.participant_id,
        col(Submission.id) < submission.id,
        col(Submission.moderation).is_(None),
    )
    return session.execute(query).scalar()


def _scored(participant_id: int) -> Select[Any, float, datetime]:
    # "Who got there first" goes by when the server had the file, not by how fast it was scored.
    return (
        select(col(Submission.id), col(Score.score), col(Submission.queued_at))
        .join(Score, _public_score())
        .where(
            col(Submission.participant_id) == participant_id,
            # While it runs again, or when our machinery failed at that, its last score stands.
            col(Submission.state) != State.REJECTED,
            col(Submission.moderation).is_(None),
        )
    )


def _public_score() -> ColumnElement[bool]:
    return and_(col(Score.submission_id) == col(Submission.id), col(Score.split) == PUBLIC)
