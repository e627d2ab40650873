"""Stopping submissions and running them again; until a new verdict, the last score stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import (
    COMPETITION,
    ActContext,
    NoFields,
    Performed,
    act,
    changed_since,
)
from heldout_server.jobs import ledger
from heldout_server.kit.errors import ProblemError
from heldout_server.kit.formats import counted
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
from heldout_server.submissions.moderation import PURGED, SUBMISSION
from heldout_server.submissions.purge import NOT_KEPT, NOT_KEPT_HINT
from heldout_server.submissions.receive_file import first_step

# The room's new submissions go first.
RERUN_PRIORITY = -1


class RerunIn(BaseModel):
    """Which submissions run again; no state: all that have a verdict."""

    state: Literal["scored", "rejected", "error"] | None = Field(None, examples=["error"])


@dataclass(frozen=True)
class Queued:
    """How many were queued."""

    queued: int


@act(
    "submission.rerun", SUBMISSION, NoFields, route="POST /rerun", status=202, label="Run again",
    words="ran a submission again",
    done="Queued again. Its last score stands until the new one is there.",
)  # fmt: skip
def rerun_submission(context: ActContext, submission: Submission, given: NoFields) -> None:
    """Run it again from its first step. Until a new verdict is there, the last score stands."""
    if submission.state not in FINAL_STATES:
        raise ProblemError(
            "conflict", f"This submission is {submission.state} already.", "Wait for its verdict."
        )
    if submission.moderation == PURGED:
        raise ProblemError("conflict", "This submission was purged: there is no file to run.")
    if submission.file_state != FileState.KEPT:
        raise ProblemError("conflict", NOT_KEPT, NOT_KEPT_HINT)
    with _recorded(context, submission):
        run_again(context.session, submission)


def _undo_cancel(context: ActContext, entry: AuditEntry) -> None:
    submission = queries.by_public_id(context.session, entry.target_id)
    if submission is None or submission.state != (entry.after or {}).get("state"):
        raise changed_since(entry)
    if submission.state == State.ERROR:
        stop_and_retry.retry(context.session, submission, now=context.now)
    else:
        run_again(context.session, submission)  # it was stopped while it ran again


@act(
    "submission.cancel", SUBMISSION, NoFields, route="POST /cancel", label="Stop",
    words="stopped a submission", inverse=_undo_cancel,
    done="Stopped. It took nothing from their quota, and can be run again.",
)  # fmt: skip
def cancel_submission(context: ActContext, submission: Submission, given: NoFields) -> None:
    """Stop one that waits or runs; it takes nothing from the quota. Inverse: retry."""
    with _recorded(context, submission):
        stop_and_retry.cancel(context.session, submission, now=context.now)


@act(
    "submission.retry", SUBMISSION, NoFields, route="POST /retry", status=202, label="Go on",
    words="ran a failed submission again", done="Queued again, from where it stopped.",
)  # fmt: skip
def retry_submission(context: ActContext, submission: Submission, given: NoFields) -> None:
    """Go on with one that failed or was stopped, from where it stopped."""
    with _recorded(context, submission):
        stop_and_retry.retry(context.session, submission, now=context.now)


def _queued_before(context: ActContext, competition: Competition, entry: AuditEntry) -> Queued:
    return Queued(int(str((entry.after or {}).get("queued", 0))))


def _queued(done: Performed[Competition, RerunIn]) -> str:
    return (
        f"{counted(done.result.queued, 'submission')} queued again, behind what the room sends. "
        "Scores stand until new ones are there."
    )


@act(
    "submission.rerun_all", COMPETITION, RerunIn, route="POST /submissions/rerun", status=202,
    answers=Queued, again=_queued_before, label="Run again", words="ran many submissions again",
    done=_queued,
)  # fmt: skip
def rerun_submissions(context: ActContext, competition: Competition, given: RerunIn) -> Queued:
    """Run all of them again, or those in one state, behind what the room sends meanwhile.

    Until a new verdict is there, the last score stands.
    """
    query = select(Submission).where(
        col(Submission.competition_id) == competition.id,
        col(Submission.state).in_(FINAL_STATES if given.state is None else (given.state,)),
        col(Submission.moderation).is_distinct_from(PURGED),
        col(Submission.file_state) == FileState.KEPT,
    )
    found = context.session.execute(query.order_by(col(Submission.id))).scalars().all()
    for submission in found:
        run_again(context.session, submission)
    context.record(None, {"queued": len(found), "state": given.state})
    return Queued(len(found))


@contextmanager
def _recorded(context: ActContext, submission: Submission) -> Iterator[None]:
    """Write down the state before and after the block."""
    before = {"state": submission.state}
    yield
    context.session.refresh(submission)
    context.record(before, {"state": submission.state})


def run_again(session: Session, submission: Submission) -> None:
    """Queue it from its first step, behind what the room sends."""
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
