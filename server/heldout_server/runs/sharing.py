"""Whose run cards the class may see: the competition's rule, unless the participant chose. Pure."""

from __future__ import annotations

from heldout_server.models import RunSharing


def shares(rule: str, choice: bool | None, *, is_closed: bool) -> bool:
    """Whether a participant's run cards are shown to others.

    Their own choice always wins: nobody's notes are shown against their will, and nobody has to
    wait who wants to share.
    """
    return shared_by_rule(rule, is_closed=is_closed) if choice is None else choice


def shared_by_rule(rule: str, *, is_closed: bool) -> bool:
    """Whether those who haven't chosen are shown."""
    return rule == RunSharing.ALWAYS or (rule == RunSharing.AFTER_CLOSE and is_closed)
