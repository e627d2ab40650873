"""Writing how a hop ended: the next hop, a rejection, or our own failure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heldout_server import events
from heldout_server.errors import Rejection
from heldout_server.jobs import alerts, ledger
from heldout_server.jobs.ledger import Claim
from heldout_server.models import Receipt, State, Step, Submission, Verdict

OUR_FAILURE = "Our scorer failed on this file {times}. It isn't your fault."
OUR_FAILURE_HINT = "The organizers see it and can run it again; it took nothing from your quota."

Finish = Callable[[Session, str, dict[str, Any]], None]
"""Writes scores, with the digest of the predictions and the receipt of the hop that made them."""


def predicted(
    session: Session, claim: Claim, *, predictions_sha256: str, receipt: dict[str, Any]
) -> None:
    """Predictions are stored: queue the grading. A lost claim writes nothing."""
    if not ledger.advance(session, claim, step=Step.GRADE, pool="grade"):
        return
    keep_predictions(session, claim, predictions_sha256)
    add_to_receipt(session, claim.submission_id, receipt)


def keep_predictions(session: Session, claim: Claim, digest: str) -> None:
    """Remember where the predictions lie; for whoever has just moved the claim on."""
    submission = session.get_one(Submission, claim.submission_id)
    submission.predictions_sha256 = digest
    session.add(submission)


def rejected(session: Session, claim: Claim, rejection: Rejection, *, now: datetime) -> None:
    """Their file: final, explained, costs no quota."""
    if ledger.finish(session, claim, State.REJECTED, now=now):
        write_verdict(
            session, claim.submission_id, rejection.code, rejection.detail, rejection.hint
        )
        _announce(session, claim.submission_id, "submission.rejected", now=now)


def failed(session: Session, submission: Submission, *, now: datetime) -> None:
    """Our machinery, after its last try: shown to organizers, costs no quota."""
    assert submission.id is not None
    times = _times(submission.attempt)
    if not ledger.stop(session, submission, State.ERROR, now=now):
        return
    detail = OUR_FAILURE.format(times=times)
    write_verdict(session, submission.id, "error", detail, OUR_FAILURE_HINT)
    alerts.raise_alert(
        session,
        alerts.POISON_FILE,
        f"Submission {submission.public_id} ({submission.kind}) failed {times} on our side.",
        submission_id=submission.id,
        now=now,
    )
    _announce(session, submission.id, "submission.error", now=now)


def write_verdict(
    session: Session, submission_id: int, code: str, detail: str, hint: str = ""
) -> None:
    """Replace the submission's verdict."""
    session.merge(Verdict(submission_id=submission_id, code=code, detail=detail, hint=hint))


def add_to_receipt(session: Session, submission_id: int, part: dict[str, Any]) -> None:
    """Add what one hop measured; seconds and warnings of several hops join."""
    found = session.get(Receipt, submission_id)
    if found is None:
        session.add(Receipt(submission_id=submission_id, data=joined({}, part)))
    else:
        found.data = joined(dict(found.data), part)
        session.add(found)


def joined(before: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A receipt with another hop's part: seconds and warnings of both, other entries replaced."""
    seconds = {**before.get("seconds", {}), **part.get("seconds", {})}
    warnings = dict.fromkeys([*before.get("warnings", []), *part.get("warnings", [])])
    return {**before, **part, "seconds": seconds, "warnings": list(warnings)}


def _times(attempts: int) -> str:
    words = {1: "once", 2: "twice", 3: "three times"}
    return words.get(attempts, f"{attempts} times")


def _announce(session: Session, submission_id: int, kind: str, *, now: datetime) -> None:
    submission = session.get_one(Submission, submission_id)
    events.append(
        session,
        kind,
        competition_id=submission.competition_id,
        submission_id=submission_id,
        now=now,
    )
