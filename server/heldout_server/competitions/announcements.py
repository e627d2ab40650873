"""Announcements: put on the board, withdrawn, and which of them are shown at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlmodel import Session, col

from heldout_server.acts import audit_log, events, undo
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.acts.events import EventKind
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import Announcement, AuditEntry, Competition
from heldout_server.models.base import public_id

ANNOUNCE, WITHDRAW = "announcement.announce", "announcement.withdraw"
LEVELS = ("info", "warning")
LONGEST_TEXT = 500
USUALLY_SHOWN_FOR = timedelta(minutes=10)
"""Where nobody says until when: pizza that came an hour ago isn't news any more."""


def announce(
    session: Session,
    actor: Actor,
    competition: Competition,
    text: str,
    *,
    level: str = "info",
    until: datetime | None = None,
    now: datetime,
) -> Announcement:
    """Tell the room; `until` None: until it is withdrawn.

    Raises ProblemError `validation` for no text or a time that has passed.
    """
    assert competition.id is not None
    repeated = audit_log.earlier(session, actor, ANNOUNCE)
    if repeated is not None:
        return by_public_id(session, competition.id, repeated.target_id)
    said = printable(text, LONGEST_TEXT)
    if not said or level not in LEVELS:
        raise ProblemError(
            "validation", "An announcement has a text, and a level: info or warning."
        )
    if until is not None and until <= now:
        raise ProblemError(
            "validation", "The announcement would end before it begins.", "Leave `until` out."
        )
    made = Announcement(
        public_id=public_id("n"),
        competition_id=competition.id,
        text=said,
        level=level,
        until=until,
        created_at=now,
    )
    session.add(made)
    session.flush()
    _tell(session, made, shown=True, now=now)
    audit_log.record(session, actor, ANNOUNCE, _target(made), None, _facts(made), now)
    return made


def withdraw(session: Session, actor: Actor, announcement: Announcement, *, now: datetime) -> None:
    """Take it off the board; twice is harmless."""
    if announcement.withdrawn_at is not None:
        return
    before = _facts(announcement)
    _set_withdrawn(session, announcement, now, now=now)
    after = _facts(announcement)
    audit_log.record(session, actor, WITHDRAW, _target(announcement), before, after, now)


def shown(session: Session, competition_id: int, *, now: datetime) -> list[Announcement]:
    """What the board shows now, newest first; what was said before the reveal is over with it."""
    revealed_at = col(Competition.revealed_at)
    query = (
        select(Announcement)
        .join(Competition, col(Competition.id) == col(Announcement.competition_id))
        .where(
            col(Announcement.competition_id) == competition_id,
            col(Announcement.withdrawn_at).is_(None),
            or_(col(Announcement.until).is_(None), col(Announcement.until) > now),
            or_(revealed_at.is_(None), col(Announcement.created_at) >= revealed_at),
        )
        .order_by(col(Announcement.id).desc())
    )
    return list(session.execute(query).scalars())


def history(
    session: Session, competition_id: int, *, limit: int, before: int | None = None
) -> list[Announcement]:
    """A page of all announcements, newest first; `before` is a row id."""
    query = select(Announcement).where(col(Announcement.competition_id) == competition_id)
    if before is not None:
        query = query.where(col(Announcement.id) < before)
    query = query.order_by(col(Announcement.id).desc()).limit(limit)
    return list(session.execute(query).scalars())


def by_public_id(session: Session, competition_id: int, public_id: str) -> Announcement:
    """The announcement of this competition. Raises ProblemError `not_found`."""
    query = select(Announcement).where(
        col(Announcement.competition_id) == competition_id,
        col(Announcement.public_id) == public_id,
    )
    found: Announcement | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "This competition has no announcement with this id.")
    return found


def _set_withdrawn(
    session: Session, announcement: Announcement, withdrawn_at: datetime | None, *, now: datetime
) -> None:
    announcement.withdrawn_at = withdrawn_at
    session.add(announcement)
    session.flush()
    _tell(session, announcement, shown=withdrawn_at is None, now=now)


def _target(announcement: Announcement) -> Target:
    return Target("announcement", announcement.public_id, announcement.competition_id)


def _facts(announcement: Announcement) -> dict[str, object]:
    return {
        "text": announcement.text,
        "level": announcement.level,
        "until": announcement.until,
        "shown": announcement.withdrawn_at is None,
    }


def _undo_announce(session: Session, act: AuditEntry, now: datetime) -> None:
    found = by_public_id(session, act.competition_id or 0, act.target_id)
    if found.withdrawn_at is not None:
        raise undo.changed_since(act)
    _set_withdrawn(session, found, now, now=now)


def _undo_withdraw(session: Session, act: AuditEntry, now: datetime) -> None:
    found = by_public_id(session, act.competition_id or 0, act.target_id)
    if found.withdrawn_at is None:
        raise undo.changed_since(act)
    _set_withdrawn(session, found, None, now=now)


def _tell(session: Session, announcement: Announcement, *, shown: bool, now: datetime) -> None:
    until = announcement.until.isoformat() if announcement.until else None
    events.append(
        session,
        EventKind.ANNOUNCED,
        competition_id=announcement.competition_id,
        now=now,
        data={
            "announcement": announcement.public_id,
            "shown": shown,
            "text": announcement.text if shown else None,
            "level": announcement.level,
            "until": until,
        },
    )


undo.register(ANNOUNCE, _undo_announce)
undo.register(WITHDRAW, _undo_withdraw)
