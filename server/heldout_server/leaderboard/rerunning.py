"""Running submissions again. Until a new verdict is there, the last score stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server import audit, events
from heldout_server.audit import Actor, Target
from heldout_server.errors import ProblemError
from heldout_server.jobs import ledger
from heldout_server.leaderboard import standings
from heldout_server.leaderboard.moderation import BOARD_CHANGED, PURGED, target_of
from heldout_server.models import FINAL_STATES, Competition, Participant, Score, Submission
from heldout_server.submissions.accepting import first_step

# The room's new submissions go first.
RERUN_PRIORITY = -1
RERUN, RERUN_ALL = "submission.rerun", "submission.rerun_all"


def rerun(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> None:
    """Queue it from its first step. Raises ProblemError `conflict` while it runs or when purged."""
    if audit.earlier(session, actor) is not None:
        return
    if submission.state not in FINAL_STATES:
        raise ProblemError(
            "conflict", f"This submission is {submission.state} already.", "Wait for its verdict."
        )
    if submission.moderation == PURGED:
        raise ProblemError("conflict", "This submission was purged: there is no file to run.")
    before = {"state": submission.state}
    _enqueue(session, submission)
    after = {"state": submission.state}
    audit.record(session, actor, RERUN, target_of(submission), before, after, now)


def rerun_all(
    session: Session,
    actor: Actor,
    competition: Competition,
    *,
    state: str | None = None,
    now: datetime,
) -> int:
    """Queue every final submission of the competition, or those in one state; how many."""
    repeated = audit.earlier(session, actor)
    if repeated is not None:
        return int(str((repeated.after or {}).get("queued", 0)))
    query = select(Submission).where(
        col(Submission.competition_id) == competition.id,
        col(Submission.state).in_(FINAL_STATES if state is None else (state,)),
        col(Submission.moderation).is_distinct_from(PURGED),
    )
    found = session.execute(query.order_by(col(Submission.id))).scalars().all()
    for submission in found:
        _enqueue(session, submission)
    after = {"queued": len(found), "state": state}
    audit.record(session, actor, RERUN_ALL, Target.competition(competition), None, after, now)
    return len(found)


def _enqueue(session: Session, submission: Submission) -> None:
    competition = session.get_one(Competition, submission.competition_id)
    step, pool = first_step(submission.kind, competition)
    submission.priority = RERUN_PRIORITY
    ledger.enqueue(session, submission, step=step, pool=pool)


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
