"""Organizers and their tokens: found, and locked out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlmodel import Session, col

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Organizer, OrganizerSession, OrganizerToken
from heldout_server.people import passwords
from heldout_server.people.names import name_key
from heldout_server.people.school import SchoolPerson
from heldout_server.people.tokens import token_hash


def any_organizer(session: Session) -> bool:
    """Whether somebody can sign in to this server."""
    query = select(col(Organizer.id)).where(col(Organizer.revoked_at).is_(None))
    return session.execute(query).first() is not None


def set_password(
    session: Session, actor: Actor, organizer: Organizer, password: str | None, *, now: datetime
) -> None:
    """Give, change or (None) take away a password; browsers that are signed in are signed out.

    Raises ProblemError `validation`.
    """
    had = organizer.password_hash is not None
    organizer.password_hash = None if password is None else passwords.hashed(password)
    session.add(organizer)
    end_sessions(session, organizer)
    before, after = {"has_password": had}, {"has_password": password is not None}
    audit_log.record(
        session, actor, "organizer.set_password", target_of(organizer), before, after, now
    )


def revoke_all(session: Session, actor: Actor, *, now: datetime) -> None:
    """Lock everybody out, also the last owner: whoever runs this makes a new one next."""
    for organizer in all_organizers(session):
        organizer.revoked_at, organizer.password_hash = now, None
        session.add(organizer)
        revoke_tokens(session, organizer, now=now)
        audit_log.record(session, actor, "organizer.revoke", target_of(organizer), None, None, now)
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


def by_school(session: Session, who: SchoolPerson, *, now: datetime) -> Organizer:
    """The organizer who signed in with this account of the school before, or whom an owner has
    listed by its address. Raises ProblemError `school_refused`, `conflict`.
    """
    found = _live(session, col(Organizer.school_hash) == who.key)
    if found is not None:
        return found
    listed = _live(session, col(Organizer.email) == who.email) if who.email else None
    if listed is None:
        raise _not_listed(who)
    if listed.school_hash is not None:
        raise ProblemError(
            "conflict",
            f"Another account of the school has signed in as “{listed.name}”, by the same address.",
            "An owner can type the address in anew under Organizers, or sign in with your token.",
        )
    listed.school_hash = who.key
    session.add(listed)
    session.flush()
    actor, target = Actor.organizer(listed), target_of(listed)
    audit_log.record(session, actor, "organizer.school", target, None, None, now)
    return listed


def _live(session: Session, which: ColumnElement[bool]) -> Organizer | None:
    query = select(Organizer).where(which, col(Organizer.revoked_at).is_(None))
    found = session.execute(query.with_for_update()).scalars().all()
    return found[0] if len(found) == 1 else None


def _not_listed(who: SchoolPerson) -> ProblemError:
    shown = f"has the address {who.email}" if who.email else "is known by your sign-in"
    return ProblemError(
        "school_refused",
        f"No organizer here {shown}.",
        "An owner can add it under “Organizers”.",
    )


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


def revoke_tokens(session: Session, organizer: Organizer, *, now: datetime) -> None:
    """Make all of an organizer's tokens worthless."""
    session.execute(
        update(OrganizerToken)
        .where(
            col(OrganizerToken.organizer_id) == organizer.id,
            col(OrganizerToken.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )


def end_sessions(session: Session, organizer: Organizer) -> None:
    """Sign an organizer out of every browser."""
    session.execute(
        delete(OrganizerSession).where(col(OrganizerSession.organizer_id) == organizer.id)
    )


def target_of(organizer: Organizer) -> Target:
    """The organizer as the audit log names them."""
    return Target("organizer", organizer.public_id)
