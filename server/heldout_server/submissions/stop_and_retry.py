"""Stopping and restarting a submission's work, also while it runs.

Running work is killed through its claim: the worker's next renewal fails, and that ends the child.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.jobs import alerts, ledger
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, State, Step, Submission, Verdict
from heldout_server.submissions import outcomes
from heldout_server.submissions.receive_file import first_step

WITHDRAWN = "You took this submission back before it was scored."
CANCELLED = "The organizers stopped this submission before it was scored."
CANCELLED_HINT = "Ask them about it; it took nothing from your quota, and they can run it again."


def stop_withdrawn(session: Session, submission: Submission, *, now: datetime) -> bool:
    """End the work on a submission that its participant takes back; False when it is final."""
    if not ledger.stop(session, submission, State.REJECTED, now=now):
        return False
    outcomes.write_verdict(session, _id(submission), "withdrawn", WITHDRAWN)
    _announce(session, submission, EventKind.REJECTED, now=now)
    return True


def cancel(session: Session, submission: Submission, *, now: datetime) -> None:
    """Organizers stop queued or running work; it can be run again with `retry`.

    One that was scored before is as it was. Raises ProblemError `conflict` when it is final
    already.
    """
    kept = outcomes.has_score(session, submission)
    if not ledger.stop(session, submission, State.SCORED if kept else State.ERROR, now=now):
        raise ProblemError("conflict", "This submission is final already: nothing runs.")
    if kept:
        outcomes.write_verdict(session, _id(submission), *outcomes.SCORED)
    else:
        outcomes.write_verdict(session, _id(submission), "cancelled", CANCELLED, CANCELLED_HINT)
    _announce(session, submission, EventKind.ERROR, now=now)


def retry(session: Session, submission: Submission, *, now: datetime) -> None:
    """Organizers run a failed or cancelled submission again, from where it stopped.

    Raises ProblemError `conflict` for any other state.
    """
    if submission.state != State.ERROR:
        raise ProblemError(
            "conflict",
            f"Only a submission in state error can be run again; this one is {submission.state}.",
        )
    competition = session.get_one(Competition, submission.competition_id)
    step, pool = _next_step(submission, competition)
    ledger.enqueue(session, submission, step=step, pool=pool)
    verdict = session.get(Verdict, _id(submission))
    if verdict is not None:
        session.delete(verdict)
    alerts.resolve_for(session, _id(submission), now=now)
    _announce(session, submission, EventKind.QUEUED, now=now)


def _next_step(submission: Submission, competition: Competition) -> tuple[Step, str]:
    if submission.predictions_sha256 is not None:
        return Step.GRADE, "grade"
    return first_step(submission.kind, competition)


def _announce(session: Session, submission: Submission, kind: EventKind, *, now: datetime) -> None:
    events.append(
        session,
        kind,
        competition_id=submission.competition_id,
        submission_id=submission.id,
        now=now,
    )


def _id(submission: Submission) -> int:
    assert submission.id is not None
    return submission.id
