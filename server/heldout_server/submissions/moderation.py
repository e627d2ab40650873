"""Taking submissions off the board and putting them back. Nothing is refunded by it.

Doing an act twice changes nothing more. Each can be undone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heldout_server.acts import audit_log, events, undo
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.acts.events import EventKind
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import HELD, AuditEntry, ModerationNote, Participant, Submission
from heldout_server.submissions import queries, stop_and_retry

__all__ = ["HELD"]

WITHDRAWN = "withdrawn"
HIDDEN = "hidden"
DISQUALIFIED = "disqualified"
PURGED = "purged"
HIDE, DISQUALIFY, RESTORE = "submission.hide", "submission.disqualify", "submission.restore"
LET_THROUGH = "submission.let_through"
LONGEST_REASON = 500


@dataclass(frozen=True)
class Mark:
    """How a submission is moderated, with the reason that its participant reads."""

    moderation: str | None
    reason: str | None

    def to_dict(self) -> dict[str, Any]:
        """For the audit log."""
        return asdict(self)


@dataclass(frozen=True)
class Change:
    """A submission's mark before and after."""

    before: Mark
    after: Mark

    @property
    def changes(self) -> bool:
        """Whether anything differs."""
        return self.before != self.after


def mark_of(session: Session, submission: Submission) -> Mark:
    """How it is moderated now."""
    note = session.get(ModerationNote, submission.id)
    return Mark(submission.moderation, note.reason if note else None)


def withdraw(
    session: Session, participant: Participant, submission: Submission, *, now: datetime
) -> None:
    """The participant takes back their own submission; doing so twice changes nothing.

    What is queued or runs ends at once, unscored.
    Raises ProblemError `conflict` when organizers have already moderated it.
    """
    if submission.moderation == WITHDRAWN:
        return
    if submission.moderation not in {None, HELD}:
        raise ProblemError(
            "conflict",
            f"The organizers have marked this submission as {submission.moderation}.",
            "Ask them about it.",
        )
    put(session, submission, Mark(WITHDRAWN, None), now=now)


def hide(
    session: Session, actor: Actor, submission: Submission, *, reason: str = "", now: datetime
) -> Change:
    """Organizers take it off the board without a verdict on it."""
    mark = Mark(HIDDEN, _reason(reason) or None)
    return _act(session, actor, HIDE, submission, mark, now=now)


def disqualify(
    session: Session, actor: Actor, submission: Submission, *, reason: str, now: datetime
) -> Change:
    """Organizers rule it out; its participant reads the reason. Raises `validation` without one."""
    said = _reason(reason)
    if not said:
        raise ProblemError(
            "validation", "A disqualification needs a reason.", "The participant reads it."
        )
    return _act(session, actor, DISQUALIFY, submission, Mark(DISQUALIFIED, said), now=now)


def restore(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> Change:
    """Back on the board. Raises ProblemError `conflict` for what its participant withdrew."""
    if submission.moderation == WITHDRAWN:
        raise ProblemError(
            "conflict",
            "The participant has withdrawn this submission.",
            "Only they decide about that; the same file can be sent again.",
        )
    return _act(session, actor, RESTORE, submission, Mark(None, None), now=now)


def let_through(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> Change:
    """Put a held file onto the board; it is not held again when it runs again.

    Raises ProblemError `conflict` for what has another mark.
    """
    if submission.moderation not in {None, HELD}:
        raise ProblemError(
            "conflict",
            f"This submission isn't held: it is {submission.moderation}.",
            "Restore it, if it shall be on the board.",
        )
    return _act(session, actor, LET_THROUGH, submission, Mark(None, None), now=now)


def put(session: Session, submission: Submission, mark: Mark, *, now: datetime) -> Change:
    """Set the mark whatever it was, and let board and room follow: also how an act is undone."""
    assert submission.id is not None
    change = Change(mark_of(session, submission), mark)
    if not change.changes:
        return change
    submission.moderation = mark.moderation
    session.add(submission)
    _keep_reason(session, submission.id, mark.reason, now=now)
    session.flush()
    if mark.moderation not in {None, HELD}:
        stop_and_retry.stop_withdrawn(session, submission, now=now)
    events.append(
        session,
        EventKind.BOARD_CHANGED,
        competition_id=submission.competition_id,
        submission_id=submission.id,
        now=now,
    )
    return change


def target_of(submission: Submission) -> Target:
    """The submission as the audit log names it."""
    return Target("submission", submission.public_id, submission.competition_id)


def _act(
    session: Session,
    actor: Actor,
    action: str,
    submission: Submission,
    mark: Mark,
    *,
    now: datetime,
) -> Change:
    _check_ours(submission)
    change = put(session, submission, mark, now=now)
    if change.changes:
        before, after = change.before.to_dict(), change.after.to_dict()
        audit_log.record(session, actor, action, target_of(submission), before, after, now)
    return change


def _put_back(session: Session, act: AuditEntry, now: datetime) -> None:
    submission = queries.by_public_id(session, act.target_id)
    if submission is None or act.before is None or act.after is None:
        raise undo.changed_since(act)
    if mark_of(session, submission).to_dict() != act.after:
        raise undo.changed_since(act)
    put(session, submission, Mark(**act.before), now=now)  # type: ignore[arg-type]


def _check_ours(submission: Submission) -> None:
    if submission.moderation == PURGED:
        raise ProblemError(
            "conflict", "This submission was purged: nothing of it is left to show or to rank."
        )


def _keep_reason(
    session: Session, submission_id: int, reason: str | None, *, now: datetime
) -> None:
    found = session.get(ModerationNote, submission_id)
    if reason is None:
        if found is not None:
            session.delete(found)
        return
    session.merge(ModerationNote(submission_id=submission_id, reason=reason, changed_at=now))


def _reason(text: str) -> str:
    return printable(text, LONGEST_REASON)


for _action in (HIDE, DISQUALIFY, RESTORE, LET_THROUGH):
    undo.register(_action, _put_back)
