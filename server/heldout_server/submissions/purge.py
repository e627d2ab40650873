"""Purging a submission: the only act that deletes. Its row stays, as an empty shell.

The shell keeps the quota honest: deletion never refunds a try.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, Field
from sqlalchemy import Table, delete, update
from sqlmodel import Session, col

from heldout_server.acts.registry import ActContext, act
from heldout_server.blobs import BlobMissing, BlobStore
from heldout_server.jobs import ledger
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Event, FileState, Role, State, Submission, metadata
from heldout_server.submissions import moderation
from heldout_server.submissions.moderation import PURGED, SUBMISSION, Mark

# Every table that says something of a submission is emptied of it, whoever added the table; of
# these the board's row is gone by then, and events and reasons have rules of their own.
NOT_EMPTIED = frozenset({"best", "event", "moderation_note"})
NOTHING = ""
NOT_KEPT = (
    "This file isn't kept: it was rejected for what is in it, or the contest's files were deleted."
)
NOT_KEPT_HINT = "Its hash, size and verdict are. Of a rejected one, sending it again costs nothing."


class PurgeIn(BaseModel):
    """Purging is for good: repeat the submission's id."""

    confirm: str = Field(
        max_length=40, title="The submission's id, to confirm", examples=["s_9qLp3T0aXk2b"]
    )


@dataclass(frozen=True)
class Purged:
    """The empty row that is left; `digests` are of files for `blob_references.drop_unreferenced`
    after the commit.
    """

    submission: Submission
    digests: frozenset[str]


@act(
    "submission.purge", SUBMISSION, PurgeIn, role=Role.OWNER, label="Purge", is_bad=True,
    words="purged a submission",
    done="Purged: file, predictions, run card, verdict and scores are gone.",
)  # fmt: skip
def purge_submission(context: ActContext, submission: Submission, given: PurgeIn) -> Purged:
    """Delete file, predictions, run card, verdict and scores for good; the body repeats the id.

    An empty row stays, so that deleting never refunds a try. Has no inverse.
    """
    if given.confirm != submission.public_id:
        raise ProblemError(
            "validation",
            "Purging deletes for good, so the body must repeat the submission's id.",
            f'Send {{"confirm": "{submission.public_id}"}}.',
        )
    if submission.moderation == PURGED:
        return Purged(submission, frozenset())
    session, now = context.session, context.now
    digests = frozenset(d for d in (submission.sha256, submission.predictions_sha256) if d)
    # Off the board first: its best row refers to the scores.
    change = moderation.put(session, submission, Mark(PURGED, None), now=now)
    for table in _tables_of_a_submission():
        session.execute(delete(table).where(table.c.submission_id == submission.id))
    session.expire_all()
    _empty_events(session, submission)
    _empty(session, submission, now=now)
    context.record(change.before.to_dict(), change.after.to_dict())
    return Purged(submission, digests)


@contextmanager
def kept_file(blobs: BlobStore, submission: Submission) -> Iterator[Path]:
    """The uploaded file, verified, until the block ends. Raises ProblemError `not_found`."""
    gone = ProblemError("not_found", "The file of this submission is gone.")
    if submission.file_state != FileState.KEPT:
        raise ProblemError("not_found", NOT_KEPT, NOT_KEPT_HINT)
    if submission.moderation == PURGED:
        raise gone
    with ExitStack() as stack:
        try:
            file = stack.enter_context(blobs.local(submission.sha256))
        except BlobMissing:
            raise gone from None
        yield file


def _tables_of_a_submission() -> list[Table]:
    return [
        table
        for table in reversed(metadata.sorted_tables)
        if "submission_id" in table.c and table.name not in NOT_EMPTIED
    ]


def _empty(session: Session, submission: Submission, *, now: datetime) -> None:
    submission.sha256 = submission.name = submission.filename = NOTHING
    submission.model_sha256 = submission.predictions_sha256 = None
    submission.size_bytes = 0
    if submission.state in {State.QUEUED, State.RUNNING}:
        ledger.abandon(session, submission)  # whoever runs it has lost the claim
        submission.finished_at = now
    session.add(submission)
    session.flush()


def _empty_events(session: Session, submission: Submission) -> None:
    """Events stay, for streams count by them; what they say of this submission goes."""
    session.execute(
        update(Event)
        .where(col(Event.submission_id) == submission.id)
        .values(data={}, submission_id=None)
        .execution_options(synchronize_session=False)
    )
