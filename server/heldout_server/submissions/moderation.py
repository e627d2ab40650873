"""Taking submissions off the board and putting them back. Nothing is refunded by it.

Doing an act twice changes nothing more. Each can be undone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.audit_log import Target
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import ActContext, Ids, NoFields, Subject, act, changed_since
from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import HELD, AuditEntry, ModerationNote, Participant, Submission
from heldout_server.submissions import queries, stop_and_retry

__all__ = ["HELD"]

WITHDRAWN = "withdrawn"
HIDDEN = "hidden"
DISQUALIFIED = "disqualified"
PURGED = "purged"
LONGEST_REASON = 500


class ReasonIn(BaseModel):
    """Why it is taken off the board; its participant reads it."""

    reason: str = Field(
        "",
        max_length=LONGEST_REASON,
        title="Why",
        description="Its participant reads it.",
        examples=["The same file as another team's"],
    )


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


def _find(context: ActContext, ids: Ids) -> Submission:
    return queries.of_competition(context.session, context.competition_id, ids["submission_id"])


def _target(context: ActContext, submission: Submission) -> Target:
    return Target("submission", submission.public_id, submission.competition_id)


SUBMISSION = Subject(Submission, "/competitions/{slug}/submissions/{submission_id}", _find, _target)


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
    # Why it was held stays: it tells it from what people take back on their own.
    put(session, submission, Mark(WITHDRAWN, mark_of(session, submission).reason), now=now)


def _put_back(context: ActContext, entry: AuditEntry) -> None:
    submission = queries.by_public_id(context.session, entry.target_id)
    if submission is None or entry.before is None or entry.after is None:
        raise changed_since(entry)
    if mark_of(context.session, submission).to_dict() != entry.after:
        raise changed_since(entry)
    put(context.session, submission, Mark(**entry.before), now=context.now)  # type: ignore[arg-type]


@act(
    "submission.hide", SUBMISSION, ReasonIn, route="POST /hide", label="Hide",
    words="hid a submission", inverse=_put_back,
    done="Hidden: it is off the board, and refunds nothing.",
)  # fmt: skip
def hide_submission(context: ActContext, submission: Submission, given: ReasonIn) -> None:
    """Take it off the board, without a verdict on it. Inverse: restore."""
    _mark(context, submission, Mark(HIDDEN, printable(given.reason, LONGEST_REASON) or None))


@act(
    "submission.disqualify", SUBMISSION, ReasonIn, route="POST /disqualify", label="Disqualify",
    is_bad=True, words="disqualified a submission", inverse=_put_back,
    done="Disqualified: it is off the board, and its participant reads the reason.",
)  # fmt: skip
def disqualify_submission(context: ActContext, submission: Submission, given: ReasonIn) -> None:
    """Rule it out, with a reason that its participant reads. Inverse: restore."""
    said = printable(given.reason, LONGEST_REASON)
    if not said:
        raise ProblemError(
            "validation", "A disqualification needs a reason.", "The participant reads it."
        )
    _mark(context, submission, Mark(DISQUALIFIED, said))


@act(
    "submission.restore", SUBMISSION, NoFields, route="POST /restore", label="Restore",
    words="restored a submission", inverse=_put_back, done="Restored: it is back on the board.",
)  # fmt: skip
def restore_submission(context: ActContext, submission: Submission, given: NoFields) -> None:
    """Put it back on the board."""
    if submission.moderation == WITHDRAWN:
        raise ProblemError(
            "conflict",
            "The participant has withdrawn this submission.",
            "Only they decide about that; the same file can be sent again.",
        )
    _mark(context, submission, Mark(None, None))


@act(
    "submission.let_through", SUBMISSION, NoFields, route="POST /let-through",
    label="Let it through", words="let a held file onto the board", inverse=_put_back,
    done="Let through: it is on the board, by its score.",
)  # fmt: skip
def let_submission_through(context: ActContext, submission: Submission, given: NoFields) -> None:
    """Put a held prediction file onto the board; it is not held again when it runs again.

    Inverse: undo, or hide.
    """
    if submission.moderation not in {None, HELD}:
        raise ProblemError(
            "conflict",
            f"This submission isn't held: it is {submission.moderation}.",
            "Restore it, if it shall be on the board.",
        )
    _mark(context, submission, Mark(None, None))


def put(session: Session, submission: Submission, mark: Mark, *, now: datetime) -> Change:
    """Set the mark whatever it was, and let board and room follow: also how an act is undone.

    Two events may come of it. The competition is held before the first, as the board holds it for
    the second: after the first the order of events is held, and whoever holds the competition, such
    as for ties, waits for that.
    """
    assert submission.id is not None
    competitions.hold(session, submission.competition_id)
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


def _mark(context: ActContext, submission: Submission, mark: Mark) -> None:
    if submission.moderation == PURGED:
        raise ProblemError(
            "conflict", "This submission was purged: nothing of it is left to show or to rank."
        )
    change = put(context.session, submission, mark, now=context.now)
    if change.changes:
        context.record(change.before.to_dict(), change.after.to_dict())


def _keep_reason(
    session: Session, submission_id: int, reason: str | None, *, now: datetime
) -> None:
    found = session.get(ModerationNote, submission_id)
    if reason is None:
        if found is not None:
            session.delete(found)
        return
    session.merge(ModerationNote(submission_id=submission_id, reason=reason, changed_at=now))
