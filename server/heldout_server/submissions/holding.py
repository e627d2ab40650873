"""Prediction files better than anything in print: scored, and held until an organizer decides.

Where the labels are public, such a file is most likely the labels themselves. Looked at once, at
the first score, on the public part alone: whether something is held is told, so it must not depend
on the private part.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.competitions import queries
from heldout_server.datasets import known
from heldout_server.datasets.known import PublicSet
from heldout_server.models import (
    HELD,
    PREDICTIONS,
    Competition,
    ModerationNote,
    Submission,
)


def hold_if_too_good(
    session: Session, submission: Submission, accuracy: float | None, *, now: datetime
) -> None:
    """Mark the submission as held, when its first score is written, if `accuracy` (of the public
    part; None where an example can't be simply right) says so. What somebody has moderated
    already, or withdrawn, stays as it is.
    """
    if submission.kind != PREDICTIONS or submission.moderation is not None:
        return
    competition = session.get_one(Competition, submission.competition_id)
    published = known.recognised(queries.dataset_of(session, competition))
    if published is None or accuracy is None or not is_too_good(published, accuracy):
        return
    submission.moderation = HELD
    session.add(submission)
    assert submission.id is not None
    session.merge(
        ModerationNote(submission_id=submission.id, reason=why(published), changed_at=now)
    )
    session.flush()


def is_too_good(published: PublicSet, accuracy: float) -> bool:
    """Whether no model in print has read as many; False where none was published."""
    return published.best_published is not None and accuracy > published.best_published


def why(published: PublicSet) -> str:
    """What its participant reads: why, and what happens next."""
    return (
        "This file has more of the public part right than the best single model ever published "
        f"for {published.name} ({published.best_published:.2%}; "
        f"{published.source}), and the labels can be looked up. It is scored, and it is held: an "
        "organizer decides whether it goes onto the board. Tell them how you made it, or submit "
        "the model itself."
    )
