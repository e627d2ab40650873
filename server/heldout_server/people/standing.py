"""Whether a participant may act: not banned, not gone, not merged into another account. Pure."""

from __future__ import annotations

from heldout_server.kit.errors import ProblemError
from heldout_server.models import Participant


def check(participant: Participant) -> None:
    """Raise ProblemError `forbidden` for somebody whom the organizers have banned."""
    if participant.banned_at is not None:
        reason = f": {participant.ban_reason}" if participant.ban_reason else ""
        raise ProblemError(
            "forbidden",
            f"The organizers have banned you from this competition{reason}.",
            "Talk to them: they can take it back.",
        )
