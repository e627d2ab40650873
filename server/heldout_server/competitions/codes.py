"""Codes that are read aloud and copied from a projector: join codes, teams' codes, invites."""

from __future__ import annotations

import secrets

# Nothing that looks like something else.
ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"
JOIN_CODE_GROUPS = 2
PERSONAL_GROUPS, PERSONAL_LETTERS = 3, 3
"""Nine letters, 42 random bits: few enough to type from a phone's screen into a notebook."""
INVITE_GROUPS = 4
"""Four groups of four letters: 75 random bits, enough that nobody guesses one of a class."""


def new_join_code() -> str:
    """A code such as `RKD4-7WNX`."""
    return new_code(JOIN_CODE_GROUPS)


def new_personal_code() -> str:
    """A participant's own code such as `RKD-47W-NX9`."""
    return new_code(PERSONAL_GROUPS, PERSONAL_LETTERS)


def personal_letters(text: str) -> str | None:
    """The letters of a personal code, or None for what can't be one."""
    letters = compared(text).upper()
    fits = len(letters) == PERSONAL_GROUPS * PERSONAL_LETTERS and set(letters) <= set(ALPHABET)
    return letters if fits else None


def new_invite() -> str:
    """A personal code such as `RKD4-7WNX-9QFC-TTAL`."""
    return new_code(INVITE_GROUPS)


def new_code(groups: int, letters: int = 4) -> str:
    """Groups of letters with dashes between."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(groups * letters)), letters)


def grouped(text: str, letters: int) -> str:
    """The text with a dash after every so many letters."""
    return "-".join(text[at : at + letters] for at in range(0, len(text), letters))


def compared(code: str) -> str:
    """The code as compared: capitals, blanks and dashes don't matter."""
    return "".join(c for c in code.casefold() if c.isalnum())
