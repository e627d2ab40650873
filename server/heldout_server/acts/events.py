"""The event table: what the room hears, in one growing order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import CursorResult, delete, func, select, text
from sqlmodel import Session, col

from heldout_server.kit.db import on_commit
from heldout_server.models import Event

EVENTS_TOPIC = "events"
# Any number, as long as every writer of events uses the same one.
EVENT_ORDER_LOCK = 7002


Observer = Callable[[Session, Event], None]
"""Called in the transaction of each event, after it was added: what it writes commits with it."""

_observers: list[Observer] = []


def observe(observer: Observer) -> None:
    """Call `observer` for every event from now on; twice is harmless."""
    if observer not in _observers:
        _observers.append(observer)


def append(
    session: Session,
    kind: str,
    *,
    competition_id: int,
    now: datetime,
    submission_id: int | None = None,
    **data: object,
) -> None:
    """Add an event to this transaction. `data` is shown to everyone: nothing private in it."""
    if session.get_bind().dialect.name == "postgresql":
        # Ids are given at insert but seen at commit: without this lock a reader that follows
        # "id > last" could pass over an event whose transaction commits late.
        session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": EVENT_ORDER_LOCK})
    event = Event(
        kind=kind,
        competition_id=competition_id,
        submission_id=submission_id,
        data=data,
        created_at=now,
    )
    session.add(event)
    session.flush()
    on_commit(session, EVENTS_TOPIC)
    for observer in _observers:
        observer(session, event)


def since(
    session: Session, last_id: int, *, competition_id: int | None = None, limit: int = 500
) -> list[Event]:
    """Events with an id above `last_id`, oldest first."""
    query = select(Event).where(col(Event.id) > last_id).order_by(col(Event.id)).limit(limit)
    if competition_id is not None:
        query = query.where(col(Event.competition_id) == competition_id)
    return list(session.execute(query).scalars())


def oldest_id(session: Session) -> int:
    """The oldest event's id that is still kept; 0 when there is none."""
    return session.execute(select(func.min(Event.id))).scalar() or 0


def prune(session: Session, *, keep: int) -> int:
    """Delete all but the newest `keep` events; how many. Streams that need them reload."""
    last_to_go = latest_id(session) - keep
    if last_to_go <= 0:
        return 0
    result = session.execute(delete(Event).where(col(Event.id) <= last_to_go))
    assert isinstance(result, CursorResult)
    return result.rowcount


def latest_id(session: Session, competition_id: int | None = None) -> int:
    """The newest event's id; 0 when there is none."""
    query = select(func.max(Event.id))
    if competition_id is not None:
        query = query.where(col(Event.competition_id) == competition_id)
    return session.execute(query).scalar() or 0
