"""Codes that are read aloud and copied from a projector: join codes, teams' codes, invites."""

from __future__ import annotations

import secrets

# Nothing that looks like something else.
ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"
JOIN_CODE_GROUPS = 2
INVITE_GROUPS = 4
"""Four groups of four letters: 75 random bits, enough that nobody guesses one of a class."""


def new_join_code() -> str:
    """A code such as `RKD4-7WNX`."""
    return new_code(JOIN_CODE_GROUPS)


def new_invite() -> str:
    """A personal code such as `RKD4-7WNX-9QFC-TTAL`."""
    return new_code(INVITE_GROUPS)


def new_code(groups: int) -> str:
    """Groups of four letters with dashes between."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(groups))


def compared(code: str) -> str:
    """The code as compared: capitals, blanks and dashes don't matter."""
    return "".join(c for c in code.casefold() if c.isalnum())
