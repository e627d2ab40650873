"""Every scored try that counts, in the order in which the server had the files.

The board keeps only the best row of each participant; trends, the race and the awards need the
way there. Columns rather than objects, and public figures only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlmodel import Session, col

from heldout_server.leaderboard.standings import PUBLIC
from heldout_server.models import Participant, Receipt, RunCard, Score, State, Submission


@dataclass(frozen=True, slots=True)
class Try:
    """One scored, unmoderated submission; `score` is the public one, `at` when it was received."""

    participant_id: str
    participant_name: str
    submission_id: str
    submission_name: str
    at: datetime
    score: float
    examples: int
    error_count: int


@dataclass(frozen=True, slots=True)
class Measures:
    """What else is known of a submission.

    `parameters` was counted by the scorer, never by the participant. `training_accuracy` is what
    their notebook reported for its last epoch, a share.
    """

    parameters: int | None = None
    training_accuracy: float | None = None


def tries(
    session: Session,
    competition_id: int,
    *,
    participants: Collection[str] | None = None,
    until: datetime | None = None,
) -> list[Try]:
    """The competition's tries, earliest first; `participants` are public ids, None means all.

    `until` leaves out what was received later (a frozen board tells nothing newer).
    """
    query = (
        select(  # type: ignore[call-overload]
            Participant.public_id,
            Participant.name,
            Submission.public_id,
            Submission.name,
            Submission.queued_at,
            Score.score,
            Score.examples,
            Score.error_count,
        )
        .select_from(Submission)
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .join(
            Score,
            and_(col(Score.submission_id) == col(Submission.id), col(Score.split) == PUBLIC),
        )
        .where(
            col(Submission.competition_id) == competition_id,
            col(Submission.state) == State.SCORED,
            col(Submission.moderation).is_(None),
        )
        .order_by(col(Submission.queued_at), col(Submission.id))
    )
    if participants is not None:
        query = query.where(col(Participant.public_id).in_(participants))
    if until is not None:
        query = query.where(col(Submission.queued_at) < until)
    return [Try(*row) for row in session.execute(query)]


def measures(session: Session, submissions: Collection[str]) -> dict[str, Measures]:
    """What is known of these submissions (public ids); those without anything are left out."""
    query = (
        select(  # type: ignore[call-overload]
            Submission.public_id,
            Receipt.data["parameters"],
            RunCard.card[("history", "accuracy")],  # type: ignore[index]
        )
        .select_from(Submission)
        .outerjoin(Receipt, col(Receipt.submission_id) == col(Submission.id))
        .outerjoin(RunCard, col(RunCard.submission_id) == col(Submission.id))
        .where(col(Submission.public_id).in_(submissions))
    )
    return {
        public_id: Measures(_count(parameters), _last_share(accuracy))
        for public_id, parameters, accuracy in session.execute(query)
    }


def by_participant(found: Iterable[Try]) -> dict[str, list[Try]]:
    """The tries of each participant, in the order given; participants in order of their first."""
    people: dict[str, list[Try]] = {}
    for one in found:
        people.setdefault(one.participant_id, []).append(one)
    return people


def improvements(found: Sequence[Try]) -> list[Try]:
    """The tries of one participant that beat everything they had sent before."""
    steps: list[Try] = []
    for one in found:
        if not steps or one.score > steps[-1].score:
            steps.append(one)
    return steps


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _last_share(values: object) -> float | None:
    # A run card is the participant's own text: anything may stand where numbers belong.
    last: object = values[-1] if isinstance(values, list) and values else None
    if isinstance(last, bool) or not isinstance(last, int | float):
        return None
    return float(last) if 0 <= last <= 1 else None
