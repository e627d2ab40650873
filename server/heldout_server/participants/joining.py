"""Joining a competition, and knowing people again by their tokens."""

from __future__ import annotations

import hmac
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from heldout_server.competitions import queries as competitions
from heldout_server.errors import ProblemError
from heldout_server.models import Competition, Organizer, Participant
from heldout_server.models.base import public_id
from heldout_server.participants.names import clean_name, name_key
from heldout_server.participants.tokens import PARTICIPANT_PREFIX, new_token, token_hash


def join(
    session: Session, *, code: str, name: str, now: datetime, slug: str | None = None
) -> tuple[Participant, Competition, str]:
    """Make a participant; returns it, its competition, and the token that is shown only now.

    With `slug`, only that competition's code will do. Raises ProblemError `forbidden` (no such
    code), `duplicate_name` or `validation`.
    """
    competition = competitions.by_join_code(session, code)
    if competition is None or competition.id is None or slug not in {None, competition.slug}:
        raise ProblemError(
            "forbidden",
            "That join code opens no competition here.",
            "Check it against the one on the projector; capitals and dashes don't matter.",
        )
    shown = clean_name(name)
    _check_free(session, competition.id, shown)
    token = new_token(PARTICIPANT_PREFIX)
    participant = Participant(
        public_id=public_id("p"),
        competition_id=competition.id,
        name=shown,
        name_key=name_key(shown),
        token_hash=token_hash(token),
        joined_at=now,
    )
    session.add(participant)
    try:
        session.flush()
    except IntegrityError:
        raise _taken(shown) from None  # two people, one name, the same instant
    return participant, competition, token


def by_token(session: Session, token: str) -> Participant | None:
    """The participant who holds this token."""
    wanted = token_hash(token)
    query = select(Participant).where(col(Participant.token_hash) == wanted)
    found = session.execute(query).scalar_one_or_none()
    return found if found and hmac.compare_digest(found.token_hash, wanted) else None


def by_public_id(session: Session, competition: Competition, public_id: str) -> Participant:
    """The competition's participant of this id. Raises ProblemError `not_found`."""
    query = select(Participant).where(
        col(Participant.competition_id) == competition.id, col(Participant.public_id) == public_id
    )
    found: Participant | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError(
            "not_found", "There is no participant at this address.", "Look for them on the board."
        )
    return found


def organizer_by_token(session: Session, token: str) -> Organizer | None:
    """The organizer who holds this token, unless it was revoked."""
    query = select(Organizer).where(
        col(Organizer.token_hash) == token_hash(token), col(Organizer.revoked_at).is_(None)
    )
    return session.execute(query).scalar_one_or_none()


def count(session: Session, competition_id: int) -> int:
    """How many people joined."""
    query = select(func.count()).where(col(Participant.competition_id) == competition_id)
    number: int = session.execute(query).scalar_one()
    return number


def _check_free(session: Session, competition_id: int, name: str) -> None:
    query = select(col(Participant.id)).where(
        col(Participant.competition_id) == competition_id,
        col(Participant.name_key) == name_key(name),
    )
    if session.execute(query).first() is not None:
        raise _taken(name)


def _taken(name: str) -> ProblemError:
    return ProblemError(
        "duplicate_name",
        f"Somebody called “{name}” is already here.",
        "If that is you, use the token you were given; otherwise choose another name.",
    )
