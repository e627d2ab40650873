"""Writing how a hop ended: the next hop, a rejection, or our own failure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session, col

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.jobs import alerts, ledger, turns
from heldout_server.jobs.faults import FILE_GONE
from heldout_server.jobs.ledger import Claim
from heldout_server.kit.errors import Rejection
from heldout_server.models import (
    Competition,
    FileState,
    Receipt,
    Score,
    State,
    Step,
    Submission,
    Verdict,
)
from heldout_server.submissions import engine_checks, quota
from heldout_server.submissions.hop import Predicted

OUR_FAILURE = "Our scorer failed on this file {times}. It isn't your fault."
ENDED_RUNNING = frozenset({"timeout", "out_of_memory", "crashed"})
"""Verdicts that an organizer may want another run for: more time, more memory, another machine."""
BEHIND = "For {minutes} minutes your files wait behind everybody else's."
OUR_FAILURE_HINT = "The organizers see it and can run it again; it took nothing from your quota."
SCORED = "scored", "Scored."
"""Code and sentence of a submission with a score."""
GONE = "The file of this submission is no longer there, so it can't be scored. It isn't your fault."
GONE_HINT = "Submit it again, or ask the organizers; it took nothing from your quota."


def predicted(session: Session, claim: Claim, found: Predicted) -> None:
    """Predictions are stored: queue the grading. A lost claim writes nothing."""
    if not ledger.advance(session, claim, step=Step.GRADE, pool="grade"):
        return
    keep_predictions(session, claim, found.predictions_sha256)
    add_to_receipt(session, claim.submission_id, found.receipt)


def keep_predictions(session: Session, claim: Claim, digest: str) -> None:
    """Remember where the predictions lie; for whoever has just moved the claim on."""
    submission = session.get_one(Submission, claim.submission_id)
    submission.predictions_sha256 = digest
    session.add(submission)


def rejected(session: Session, claim: Claim, rejection: Rejection, *, now: datetime) -> None:
    """Their file: final, explained, costs no quota, but for time-outs after the second."""
    if ledger.finish(session, claim, State.REJECTED, now=now):
        write_verdict(
            session, claim.submission_id, rejection.code, rejection.detail, rejection.hint
        )
        _let_go_of_file(session, claim.submission_id, rejection.code)
        if rejection.code == quota.TIMEOUT:
            _timed_out(session, claim.submission_id, now=now)
        _announce(session, claim.submission_id, EventKind.REJECTED, now=now)


def suspected(session: Session, claim: Claim, rejection: Rejection, *, now: datetime) -> None:
    """A rejection that was inferred from endings: final, unless there is an earlier score."""
    submission = session.get_one(Submission, claim.submission_id)
    if not has_score(session, submission):
        rejected(session, claim, rejection, now=now)
    elif ledger.finish(session, claim, State.SCORED, now=now):
        why = f"ended as {rejection.code} ({', '.join(_ends(claim.endings))} before)"
        _keep_score(session, submission, why, now=now)


def _let_go_of_file(session: Session, submission_id: int, code: str) -> None:
    """A file that was rejected for what is in it needs no place on our disk.

    One that ended while it ran is kept, since limits can be raised and machines fail; so is one
    that had a score before.
    """
    submission = session.get_one(Submission, submission_id)
    if code in ENDED_RUNNING or has_score(session, submission):
        return
    submission.file_state = FileState.UNNEEDED
    session.add(submission)
    session.flush()


def _timed_out(session: Session, submission_id: int, *, now: datetime) -> None:
    """What a time-out costs, and says so in its verdict."""
    submission = session.get_one(Submission, submission_id)
    competition = session.get_one(Competition, submission.competition_id)
    turns.timed_out(session, submission.participant_id)
    verdict = session.get_one(Verdict, submission_id)
    cost = quota.timeout_words(session, competition, submission.participant_id, now=now)
    behind = BEHIND.format(minutes=round(turns.LATE_SECONDS / 60))
    verdict.hint = " ".join(filter(None, (verdict.hint, cost, behind)))
    session.add(verdict)
    session.flush()


def failed(session: Session, submission: Submission, *, now: datetime) -> None:
    """Our machinery, after its last try: shown to organizers, costs no quota.

    An earlier score stands: only what was decided about the file takes it away.
    """
    assert submission.id is not None
    detail, hint, why = _explained(submission)
    kept = has_score(session, submission)
    if not ledger.stop(session, submission, State.SCORED if kept else State.ERROR, now=now):
        return
    if kept:
        _keep_score(session, submission, why, now=now)
        return
    write_verdict(session, submission.id, "error", detail, hint)
    _alert(session, f"{_called(submission)} {why}.", submission, now=now)
    _announce(session, submission.id, EventKind.ERROR, now=now)


def has_score(session: Session, submission: Submission) -> bool:
    """Whether an earlier run scored it."""
    return session.execute(_scores(), {"of": submission.id}).first() is not None


@cache
def _scores() -> Select[Any]:
    return select(col(Score.split)).where(col(Score.submission_id) == bindparam("of")).limit(1)


def _keep_score(session: Session, submission: Submission, why: str, *, now: datetime) -> None:
    """A re-run came to nothing: participants see what they saw before, organizers are told."""
    assert submission.id is not None
    write_verdict(session, submission.id, *SCORED)
    detail = f"{_called(submission)} was run again and {why}. Its earlier score stands."
    _alert(session, detail, submission, now=now)
    _announce(session, submission.id, EventKind.ERROR, now=now)


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
    if "engine" in part:
        engine_checks.note(session, submission_id, part)


def joined(before: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A receipt with another hop's part: seconds and warnings of both, other entries replaced."""
    seconds = {**before.get("seconds", {}), **part.get("seconds", {})}
    warnings = dict.fromkeys([*before.get("warnings", []), *part.get("warnings", [])])
    return {**before, **part, "seconds": seconds, "warnings": list(warnings)}


def _ends(endings: Sequence[dict[str, Any]]) -> list[str]:
    return [str(ending["ended"]) for ending in endings]


def _explained(submission: Submission) -> tuple[str, str, str]:
    """Sentence and hint for its participant, and what organizers are told."""
    times = _times(submission.attempt + submission.deaths)
    ends = _ends(submission.endings or ())
    how = f" ({', '.join(ends)})" if ends else ""
    if FILE_GONE in ends and submission.step != Step.GRADE:
        return GONE, GONE_HINT, "can't be run: its file is no longer in the file store"
    failure = OUR_FAILURE.format(times=times)
    return failure, OUR_FAILURE_HINT, f"failed {times} on our side{how}"


def _called(submission: Submission) -> str:
    return f"Submission {submission.public_id} ({submission.kind})"


def _alert(session: Session, detail: str, submission: Submission, *, now: datetime) -> None:
    alerts.raise_alert(session, alerts.POISON_FILE, detail, submission_id=submission.id, now=now)


def _times(attempts: int) -> str:
    words = {1: "once", 2: "twice", 3: "three times"}
    return words.get(attempts, f"{attempts} times")


def _announce(session: Session, submission_id: int, kind: EventKind, *, now: datetime) -> None:
    submission = session.get_one(Submission, submission_id)
    events.append(
        session,
        kind,
        competition_id=submission.competition_id,
        submission_id=submission_id,
        now=now,
    )
