"""Organizers and their tokens: several people, several tokens each, every one revocable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import Organizer, OrganizerSession, OrganizerToken, Role
from heldout_server.models.base import public_id
from heldout_server.people import passwords
from heldout_server.people.names import clean_name, name_key
from heldout_server.people.tokens import ORGANIZER_PREFIX, new_token, token_hash

LONGEST_LABEL = 60
FIRST_LABEL = "first token"


@dataclass(frozen=True)
class Added:
    """A new organizer and the token that is shown only now."""

    organizer: Organizer
    token: str


def any_organizer(session: Session) -> bool:
    """Whether somebody can sign in to this server."""
    query = select(col(Organizer.id)).where(col(Organizer.revoked_at).is_(None))
    return session.execute(query).first() is not None


def add(session: Session, actor: Actor, *, name: str, role: Role, now: datetime) -> Added:
    """Make an organizer with a first token.

    Raises ProblemError `duplicate_name` or `validation`.
    """
    shown = clean_name(name)
    if by_name(session, shown) is not None:
        raise ProblemError(
            "duplicate_name",
            f"There is an organizer called “{shown}” already.",
            "Give them another token, or choose another name.",
        )
    organizer = Organizer(
        public_id=public_id("o"), name=shown, name_key=name_key(shown), role=role, created_at=now
    )
    session.add(organizer)
    session.flush()
    token, _ = _new_token(session, organizer, FIRST_LABEL, now=now)
    after = {"name": shown, "role": role}
    audit_log.record(session, actor, "organizer.add", _target(organizer), None, after, now)
    return Added(organizer, token)


def add_token(
    session: Session, actor: Actor, organizer: Organizer, *, label: str, now: datetime
) -> tuple[str, OrganizerToken]:
    """Another token for an organizer; returns it, shown only now, with its row."""
    named = printable(label, LONGEST_LABEL) or "token"
    token, row = _new_token(session, organizer, named, now=now)
    after = {"token": row.public_id, "label": named}
    audit_log.record(session, actor, "organizer.add_token", _target(organizer), None, after, now)
    return token, row


def revoke_token(
    session: Session, actor: Actor, organizer: Organizer, token: OrganizerToken, *, now: datetime
) -> None:
    """Make one token worthless; doing so twice changes nothing. It can't be brought back."""
    if token.revoked_at is not None:
        return
    token.revoked_at = now
    session.add(token)
    before = {"token": token.public_id, "label": token.label}
    audit_log.record(
        session, actor, "organizer.revoke_token", _target(organizer), before, None, now
    )


def set_role(
    session: Session, actor: Actor, organizer: Organizer, role: Role, *, now: datetime
) -> None:
    """Make somebody owner or helper. Raises ProblemError `conflict` for the last owner."""
    if organizer.role == role:
        return
    _check_another_owner(session, organizer)
    before, organizer.role = {"role": organizer.role}, role
    session.add(organizer)
    audit_log.record(
        session, actor, "organizer.set_role", _target(organizer), before, {"role": role}, now
    )


def set_password(
    session: Session, actor: Actor, organizer: Organizer, password: str | None, *, now: datetime
) -> None:
    """Give, change or (None) take away a password; browsers that are signed in are signed out.

    Raises ProblemError `validation`.
    """
    had = organizer.password_hash is not None
    organizer.password_hash = None if password is None else passwords.hashed(password)
    session.add(organizer)
    _end_sessions(session, organizer)
    before, after = {"has_password": had}, {"has_password": password is not None}
    audit_log.record(
        session, actor, "organizer.set_password", _target(organizer), before, after, now
    )


def revoke(session: Session, actor: Actor, organizer: Organizer, *, now: datetime) -> None:
    """End an organizer's access for good: tokens, password and browsers.

    Doing so twice changes nothing. Raises ProblemError `conflict` for the last owner.
    """
    if organizer.revoked_at is not None:
        return
    _check_another_owner(session, organizer)
    organizer.revoked_at, organizer.password_hash = now, None
    session.add(organizer)
    _revoke_tokens(session, organizer, now=now)
    _end_sessions(session, organizer)
    before = {"name": organizer.name, "role": organizer.role}
    audit_log.record(session, actor, "organizer.revoke", _target(organizer), before, None, now)


def revoke_all(session: Session, actor: Actor, *, now: datetime) -> None:
    """Lock everybody out, also the last owner: whoever runs this makes a new one next."""
    for organizer in all_organizers(session):
        organizer.revoked_at, organizer.password_hash = now, None
        session.add(organizer)
        _revoke_tokens(session, organizer, now=now)
        audit_log.record(session, actor, "organizer.revoke", _target(organizer), None, None, now)
    session.execute(delete(OrganizerSession))
    session.flush()


def by_token(session: Session, token: str) -> Organizer | None:
    """The organizer who holds this token, unless it or they were revoked."""
    query = (
        select(Organizer)
        .join(OrganizerToken, col(OrganizerToken.organizer_id) == col(Organizer.id))
        .where(
            col(OrganizerToken.token_hash) == token_hash(token),
            col(OrganizerToken.revoked_at).is_(None),
            col(Organizer.revoked_at).is_(None),
        )
    )
    return session.execute(query).scalar_one_or_none()


def by_password(session: Session, name: str, password: str) -> Organizer | None:
    """The organizer of this name, if that is the password."""
    found = by_name(session, name)
    right = passwords.matches(password, found.password_hash if found else None)
    return found if right else None


def by_name(session: Session, name: str) -> Organizer | None:
    """The organizer of this name who isn't revoked."""
    query = select(Organizer).where(
        col(Organizer.name_key) == name_key(name), col(Organizer.revoked_at).is_(None)
    )
    return session.execute(query).scalar_one_or_none()


def by_public_id(session: Session, organizer_id: str) -> Organizer:
    """The organizer, revoked or not. Raises ProblemError `not_found`."""
    query = select(Organizer).where(col(Organizer.public_id) == organizer_id)
    found: Organizer | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "There is no organizer with this id.")
    return found


def all_organizers(session: Session, *, revoked: bool = False) -> Sequence[Organizer]:
    """Everybody who may sign in, oldest first; with `revoked`, also those who once could."""
    query = select(Organizer).order_by(col(Organizer.id))
    if not revoked:
        query = query.where(col(Organizer.revoked_at).is_(None))
    return session.execute(query).scalars().all()


def tokens_of(session: Session, organizer: Organizer) -> Sequence[OrganizerToken]:
    """An organizer's tokens, also revoked ones, oldest first."""
    query = select(OrganizerToken).where(col(OrganizerToken.organizer_id) == organizer.id)
    return session.execute(query.order_by(col(OrganizerToken.id))).scalars().all()


def token_of(session: Session, organizer: Organizer, token_id: str) -> OrganizerToken:
    """One of an organizer's tokens, by its public id. Raises ProblemError `not_found`."""
    found = next((t for t in tokens_of(session, organizer) if t.public_id == token_id), None)
    if found is None:
        raise ProblemError("not_found", "This organizer has no token with this id.")
    return found


def _new_token(
    session: Session, organizer: Organizer, label: str, *, now: datetime
) -> tuple[str, OrganizerToken]:
    assert organizer.id is not None
    token = new_token(ORGANIZER_PREFIX)
    row = OrganizerToken(
        public_id=public_id("k"),
        organizer_id=organizer.id,
        label=label,
        token_hash=token_hash(token),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return token, row


def _revoke_tokens(session: Session, organizer: Organizer, *, now: datetime) -> None:
    session.execute(
        update(OrganizerToken)
        .where(
            col(OrganizerToken.organizer_id) == organizer.id,
            col(OrganizerToken.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )


def _end_sessions(session: Session, organizer: Organizer) -> None:
    session.execute(
        delete(OrganizerSession).where(col(OrganizerSession.organizer_id) == organizer.id)
    )


def _check_another_owner(session: Session, organizer: Organizer) -> None:
    query = select(func.count()).where(
        col(Organizer.role) == Role.OWNER,
        col(Organizer.revoked_at).is_(None),
        col(Organizer.id) != organizer.id,
    )
    if organizer.role == Role.OWNER and session.execute(query).scalar_one() == 0:
        raise ProblemError(
            "conflict",
            f"“{organizer.name}” is the last owner.",
            "Make somebody else an owner first.",
        )


def _target(organizer: Organizer) -> Target:
    return Target("organizer", organizer.public_id)
