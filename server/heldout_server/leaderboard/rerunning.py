"""Running submissions again. Until a new verdict is there, the last score stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server import events
from heldout_server.errors import ProblemError
from heldout_server.jobs import ledger
from heldout_server.leaderboard import standings
from heldout_server.leaderboard.moderation import BOARD_CHANGED, PURGED
from heldout_server.models import FINAL_STATES, Participant, Score, Submission
from heldout_server.submissions.accepting import FIRST_STEP

# The room's new submissions go first.
RERUN_PRIORITY = -1


def rerun(session: Session, submission: Submission) -> None:
    """Queue it from its first step. Raises ProblemError `conflict` while it runs or when purged."""
    if submission.state not in FINAL_STATES:
        raise ProblemError(
            "conflict", f"This submission is {submission.state} already.", "Wait for its verdict."
        )
    if submission.moderation == PURGED:
        raise ProblemError("conflict", "This submission was purged: there is no file to run.")
    step, pool = FIRST_STEP[submission.kind]
    submission.priority = RERUN_PRIORITY
    ledger.enqueue(session, submission, step=step, pool=pool)


def rerun_all(session: Session, competition_id: int, *, state: str | None = None) -> int:
    """Queue every final submission of the competition, or those in one state; how many."""
    query = select(Submission).where(
        col(Submission.competition_id) == competition_id,
        col(Submission.state).in_(FINAL_STATES if state is None else (state,)),
        col(Submission.moderation).is_distinct_from(PURGED),
    )
    found = session.execute(query.order_by(col(Submission.id))).scalars().all()
    for submission in found:
        rerun(session, submission)
    return len(found)


def forget_score(session: Session, submission_id: int, *, now: datetime) -> None:
    """A run ended in a rejection: a score of an earlier run no longer stands."""
    rows = session.execute(select(Score).where(col(Score.submission_id) == submission_id))
    found = rows.scalars().all()
    if not found:
        return
    submission = session.get_one(Submission, submission_id)
    standings.recompute(session, session.get_one(Participant, submission.participant_id))
    for score in found:
        session.delete(score)
    events.append(
        session,
        BOARD_CHANGED,
        competition_id=submission.competition_id,
        submission_id=submission_id,
        now=now,
    )
