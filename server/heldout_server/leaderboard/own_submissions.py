"""Every submission of somebody and of their team, for themselves, also what was refused."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session, col

from heldout_server.leaderboard import ladder, ranking
from heldout_server.models import (
    PRIVATE,
    PUBLIC,
    Competition,
    Participant,
    Score,
    State,
    Submission,
    Verdict,
)
from heldout_server.submissions.quota import sharers


@dataclass(frozen=True)
class OwnSubmission:
    """One of them. `private_score` is None until the reveal."""

    submission: Submission
    by: Participant
    verdict: Verdict | None
    score: float | None
    private_score: float | None


def newest(
    session: Session, competition: Competition, participant: Participant, *, limit: int
) -> list[OwnSubmission]:
    """Their own, and what others of the team have scored, newest first."""
    assert participant.id is not None
    is_lifted = ladder.is_lifted(competition)
    query = (
        select(Submission, Participant, Verdict, ladder.public_score(is_lifted=is_lifted))
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(Verdict, col(Verdict.submission_id) == col(Submission.id))
        .outerjoin(Score, and_(col(Score.submission_id) == col(Submission.id), _on(PUBLIC)))
        .where(
            col(Submission.participant_id).in_(sharers(session, participant.id)),
            or_(
                col(Submission.participant_id) == participant.id,
                col(Submission.state) == State.SCORED,
            ),
        )
        .order_by(col(Submission.id).desc())
        .limit(limit)
    )
    rows = session.execute(query).all()
    private = _private(session, competition, [row[0].id for row in rows])
    return [
        OwnSubmission(submission, by, verdict, score, private.get(submission.id))
        for submission, by, verdict, score in rows
    ]


def _private(
    session: Session, competition: Competition, submissions: list[int]
) -> dict[int | None, float]:
    """Read only once they are revealed: what isn't loaded can't leak."""
    if ranking.shown(competition).split != PRIVATE:
        return {}
    query = select(col(Score.submission_id), col(Score.score))
    found = session.execute(query.where(col(Score.submission_id).in_(submissions), _on(PRIVATE)))
    return {row[0]: row[1] for row in found}


def _on(split: str) -> ColumnElement[bool]:
    return col(Score.split) == split
