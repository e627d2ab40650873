"""Passwords of organizers, argon2id. Pure."""

from __future__ import annotations

from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from heldout_server.kit.errors import ProblemError

SHORTEST = 10
LONGEST = 200


def hashed(password: str) -> str:
    """What is stored of a password. Raises ProblemError `validation` for a short or long one."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ProblemError(
            "validation",
            f"A password has {SHORTEST} to {LONGEST} characters.",
            "A few words in a row are easy to keep and hard to guess.",
        )
    return _hasher().hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Whether this is the password; takes as long when there is none to compare with."""
    try:
        right = _hasher().verify(password[:LONGEST], stored or _nobodys())
    except UnknownHashError:
        return False
    return right and bool(stored)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    return _hasher().hash("no organizer has this password")
