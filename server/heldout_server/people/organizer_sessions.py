"""Organizers' signed-in browsers, and the short-lived tokens that a password gives."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session, col

from heldout_server.models import Organizer, OrganizerSession
from heldout_server.people.tokens import form_token as form_token
from heldout_server.people.tokens import token_hash

SESSION_LENGTH = timedelta(hours=12)


def sign_in(session: Session, organizer: Organizer, *, now: datetime) -> str:
    """Start a browser session; returns the cookie's secret."""
    session.execute(delete(OrganizerSession).where(col(OrganizerSession.expires_at) < now))
    assert organizer.id is not None
    secret = secrets.token_urlsafe(32)
    session.add(
        OrganizerSession(
            organizer_id=organizer.id,
            secret_hash=token_hash(secret),
            expires_at=now + SESSION_LENGTH,
        )
    )
    session.flush()
    return secret


def signed_in(session: Session, secret: str, *, now: datetime) -> Organizer | None:
    """The organizer behind a cookie, unless it expired, was signed out or revoked."""
    query = (
        select(Organizer)
        .join(OrganizerSession, col(OrganizerSession.organizer_id) == col(Organizer.id))
        .where(
            col(OrganizerSession.secret_hash) == token_hash(secret),
            col(OrganizerSession.expires_at) > now,
            col(Organizer.revoked_at).is_(None),
        )
    )
    return session.execute(query).scalar_one_or_none()


def sign_out(session: Session, secret: str) -> None:
    """End a browser session, on every replica."""
    session.execute(
        delete(OrganizerSession).where(col(OrganizerSession.secret_hash) == token_hash(secret))
    )


def private_mark(secret: str) -> str:
    """What a browser keeps while it shows private scores: worth nothing in another session."""
    return hashlib.sha256(f"private:{secret}".encode()).hexdigest()
