"""Taking a submission off the board. Nothing is deleted, and nothing is refunded."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server import events
from heldout_server.errors import ProblemError
from heldout_server.leaderboard import standings
from heldout_server.models import Participant, Submission
from heldout_server.submissions import control

WITHDRAWN = "withdrawn"


def withdraw(
    session: Session, participant: Participant, submission: Submission, *, now: datetime
) -> None:
    """The participant takes back their own submission; doing so twice changes nothing.

    What is queued or runs ends at once, unscored.
    Raises ProblemError `conflict` when organizers have already moderated it.
    """
    if submission.moderation == WITHDRAWN:
        return
    if submission.moderation is not None:
        raise ProblemError(
            "conflict",
            f"The organizers have marked this submission as {submission.moderation}.",
            "Ask them about it.",
        )
    submission.moderation = WITHDRAWN
    session.add(submission)
    session.flush()
    control.stop_withdrawn(session, submission, now=now)
    standings.recompute(session, participant)
    events.append(
        session,
        "board.changed",
        competition_id=submission.competition_id,
        submission_id=submission.id,
        now=now,
    )
