"""Whether a run card may be shown: the competition's rule, the participant's choice, the key."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from heldout_server.competitions.schedule import Phase, phase
from heldout_server.leaderboard import visibility as off_the_board
from heldout_server.models import BoardRule, Competition, Participant, RunSharing, Submission
from heldout_server.runs.sharing import shares

KEY_CHARACTERS = 22
WHY_HIDDEN = {
    RunSharing.AFTER_CLOSE: "Run cards are shown here after the competition closes.",
    RunSharing.OPT_IN: "Run cards are shown only of those who chose to share them.",
}
THEIR_CHOICE = "The participant keeps the run card to themselves."


@dataclass(frozen=True)
class Visibility:
    """`is_shown`, and if not, `why` in one sentence."""

    is_shown: bool
    why: str = ""


def visibility(competition: Competition, participant: Participant, *, now: datetime) -> Visibility:
    """Whether others may see this participant's run cards."""
    is_closed = phase(competition, now) is Phase.CLOSED
    if shares(competition.run_sharing, participant.shares_runs, is_closed=is_closed):
        return Visibility(True)
    if participant.shares_runs is False:
        return Visibility(False, THEIR_CHOICE)
    return Visibility(False, WHY_HIDDEN[RunSharing(competition.run_sharing)])


def view_key(participant: Participant, submission_public_id: str) -> str:
    """The end of the address under which a participant sees their own card before others do.

    Nothing is stored: it follows from the token's hash, which only the server has.
    """
    secret, message = participant.token_hash.encode(), submission_public_id.encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:KEY_CHARACTERS]


def own_query(competition: Competition, participant: Participant, submission: Submission) -> str:
    """What the address of a submission's page ends with, so that its participant sees the run
    card there where others may not.
    """
    heard = not off_the_board.of(competition, participant, submission)
    if (
        competition.run_sharing == RunSharing.ALWAYS
        and competition.board_rule == BoardRule.EVERYBODY
        and heard
        and participant.shares_runs is not False
    ):
        return ""
    return f"?view={view_key(participant, submission.public_id)}"


def opens(participant: Participant, submission: Submission, key: str | None) -> bool:
    """Whether `key` is that submission's own."""
    return key is not None and hmac.compare_digest(
        key.encode(), view_key(participant, submission.public_id).encode()
    )
