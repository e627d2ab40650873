"""Where somebody is signed in besides the machine that they joined on: other machines, browsers.

Each has a secret of its own, so that signing in on one never signs another out, and a browser's
cookie opens pages and nothing else.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlmodel import Session, col

from heldout_server.models import Participant, SignIn, SignInKind
from heldout_server.people.tokens import PARTICIPANT_PREFIX, new_token, token_hash

MOST_OF_ONE = 50
"""Of either kind. A notebook in the cloud is a new machine every day: the oldest makes room."""
BROWSER_REMEMBERS = timedelta(days=180)


def on_machine(session: Session, participant: Participant, *, now: datetime) -> str:
    """Another token of theirs, shown only now."""
    token = new_token(PARTICIPANT_PREFIX)
    _add(session, participant, SignInKind.MACHINE, token, now=now)
    return token


def on_browser(session: Session, participant: Participant, *, now: datetime) -> str:
    """What the browser's cookie holds."""
    secret = secrets.token_urlsafe(32)
    _add(session, participant, SignInKind.BROWSER, secret, now=now)
    return secret


def of_token(session: Session, token: str) -> Participant | None:
    """Who holds this token."""
    return _holder(session, SignInKind.MACHINE, token)


def of_browser(session: Session, secret: str, *, now: datetime) -> Participant | None:
    """Whose browser this is, unless the cookie is too old."""
    fresh = col(SignIn.created_at) > now - BROWSER_REMEMBERS
    return _holder(session, SignInKind.BROWSER, secret, fresh)


def end(session: Session, secret: str) -> None:
    """Sign one machine or browser out, on every replica."""
    session.execute(delete(SignIn).where(col(SignIn.secret_hash) == token_hash(secret)))


def end_others(session: Session, participant: Participant, secret: str | None) -> None:
    """Sign everybody out who holds a secret of theirs, but whoever holds this one."""
    kept = token_hash(secret) if secret is not None else ""
    others = delete(SignIn).where(
        col(SignIn.participant_id) == participant.id, col(SignIn.secret_hash) != kept
    )
    session.execute(others)
    if participant.token_hash != kept:
        participant.token_hash = token_hash(new_token(PARTICIPANT_PREFIX))
        session.add(participant)


def _add(
    session: Session, participant: Participant, kind: SignInKind, secret: str, *, now: datetime
) -> None:
    assert participant.id is not None
    ours = (col(SignIn.participant_id) == participant.id, col(SignIn.kind) == kind)
    kept = select(col(SignIn.id)).where(*ours).order_by(col(SignIn.id).desc())
    kept = kept.limit(MOST_OF_ONE - 1)
    session.execute(delete(SignIn).where(*ours, col(SignIn.id).not_in(kept)))
    session.add(
        SignIn(
            participant_id=participant.id,
            kind=kind,
            secret_hash=token_hash(secret),
            created_at=now,
        )
    )
    session.flush()


def _holder(
    session: Session, kind: SignInKind, secret: str, *only: ColumnElement[bool]
) -> Participant | None:
    query = (
        select(Participant)
        .join(SignIn, col(SignIn.participant_id) == col(Participant.id))
        .where(col(SignIn.secret_hash) == token_hash(secret), col(SignIn.kind) == kind, *only)
    )
    found: Participant | None = session.execute(query).scalar_one_or_none()
    return found
