"""Stopping submissions and running them again; until a new verdict, the last score stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.acts import audit_log, events, undo
from heldout_server.acts.audit_log import Actor, Facts, Target
from heldout_server.acts.events import EventKind
from heldout_server.jobs import ledger
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    FINAL_STATES,
    AuditEntry,
    Competition,
    FileState,
    Score,
    State,
    Submission,
)
from heldout_server.submissions import queries, stop_and_retry
from heldout_server.submissions.moderation import PURGED, target_of
from heldout_server.submissions.purge import NOT_KEPT, NOT_KEPT_HINT
from heldout_server.submissions.receive_file import first_step

# The room's new submissions go first.
RERUN_PRIORITY = -1
RERUN, RERUN_ALL = "submission.rerun", "submission.rerun_all"
CANCEL, RETRY = "submission.cancel", "submission.retry"


def rerun(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> None:
    """Queue it from its first step.

    Raises ProblemError `conflict` while it runs, when it was purged, or when its file isn't kept.
    """
    if audit_log.earlier(session, actor, RERUN) is not None:
        return
    if submission.state not in FINAL_STATES:
        raise ProblemError(
            "conflict", f"This submission is {submission.state} already.", "Wait for its verdict."
        )
    if submission.moderation == PURGED:
        raise ProblemError("conflict", "This submission was purged: there is no file to run.")
    if submission.file_state != FileState.KEPT:
        raise ProblemError("conflict", NOT_KEPT, NOT_KEPT_HINT)
    before = {"state": submission.state}
    _enqueue(session, submission)
    _record(session, actor, RERUN, submission, before, now=now)


def cancel(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> None:
    """Stop what waits or runs. Raises ProblemError `conflict` when final. Undo runs it again."""
    if audit_log.earlier(session, actor, CANCEL) is None:
        before = {"state": submission.state}
        stop_and_retry.cancel(session, submission, now=now)
        _record(session, actor, CANCEL, submission, before, now=now)


def retry(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> None:
    """Go on with one that failed or was stopped, from where it stopped.

    Raises ProblemError `conflict` for any other.
    """
    if audit_log.earlier(session, actor, RETRY) is None:
        before = {"state": submission.state}
        stop_and_retry.retry(session, submission, now=now)
        _record(session, actor, RETRY, submission, before, now=now)


def rerun_all(
    session: Session,
    actor: Actor,
    competition: Competition,
    *,
    state: str | None = None,
    now: datetime,
) -> int:
    """Queue every final submission whose file is kept, or those in one state; how many."""
    repeated = audit_log.earlier(session, actor, RERUN_ALL)
    if repeated is not None:
        return int(str((repeated.after or {}).get("queued", 0)))
    query = select(Submission).where(
        col(Submission.competition_id) == competition.id,
        col(Submission.state).in_(FINAL_STATES if state is None else (state,)),
        col(Submission.moderation).is_distinct_from(PURGED),
        col(Submission.file_state) == FileState.KEPT,
    )
    found = session.execute(query.order_by(col(Submission.id))).scalars().all()
    for submission in found:
        _enqueue(session, submission)
    after = {"queued": len(found), "state": state}
    audit_log.record(session, actor, RERUN_ALL, Target.competition(competition), None, after, now)
    return len(found)


def _record(
    session: Session,
    actor: Actor,
    action: str,
    submission: Submission,
    before: Facts,
    *,
    now: datetime,
) -> None:
    session.refresh(submission)
    after = {"state": submission.state}
    audit_log.record(session, actor, action, target_of(submission), before, after, now)


def _undo_cancel(session: Session, act: AuditEntry, now: datetime) -> None:
    submission = queries.by_public_id(session, act.target_id)
    if submission is None or submission.state != (act.after or {}).get("state"):
        raise undo.changed_since(act)
    if submission.state == State.ERROR:
        stop_and_retry.retry(session, submission, now=now)
    else:
        _enqueue(session, submission)  # it was stopped while it ran again


undo.register(CANCEL, _undo_cancel)


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
    for score in found:
        session.delete(score)
    events.append(
        session,
        EventKind.BOARD_CHANGED,
        competition_id=submission.competition_id,
        submission_id=submission_id,
        now=now,
    )
