"""Tokens: 256 random bits with a prefix that says whose they are; stored as SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets

PARTICIPANT_PREFIX = "hp_"
ORGANIZER_PREFIX = "ho_"


def new_token(prefix: str) -> str:
    """A new bearer token; show it once."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token: hex SHA-256. No salt: the token itself is random enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(secret: str) -> str:
    """The hidden field that proves a form came from our own page: known only with the cookie."""
    return hashlib.sha256(f"form:{secret}".encode()).hexdigest()
