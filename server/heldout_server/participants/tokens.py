"""Tokens: 256 random bits with a prefix that says whose they are; stored as SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets

PARTICIPANT_PREFIX = "hp_"
ORGANIZER_PREFIX = "ho_"
# Read aloud and copied from a projector: nothing that looks like something else.
CODE_ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"


def new_token(prefix: str) -> str:
    """A new bearer token; show it once."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token: hex SHA-256. No salt: the token itself is random enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_join_code() -> str:
    """A code such as `RKD4-7WNX`."""
    letters = [secrets.choice(CODE_ALPHABET) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"
