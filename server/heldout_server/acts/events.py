"""The event table: what the room hears, in one growing order.

Whatever stands on the board is told, never called: who changes something appends an event, and the
board sets its rows anew before the room hears of it, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, Select, bindparam, delete, func, select, text
from sqlmodel import Session, col

from heldout_server.kit.db import on_commit
from heldout_server.models import Event, Participant

EVENTS_TOPIC = "events"
BOARD_TOPIC = "events.board"
"""Announced with the other where the board's page may be another afterwards."""
# Any number, as long as every writer of events uses the same one.
EVENT_ORDER_LOCK = 7002


class EventKind(StrEnum):
    """What happened. `moves_board`: a row, a rank or a rule of the board may be another."""

    QUEUED = "submission.queued"
    SCORED = "submission.scored"
    REJECTED = "submission.rejected"
    ERROR = "submission.error"
    BOARD_CHANGED = "board.changed"
    RESCORED = "board.rescored"
    FROZEN = "board.frozen"
    UNFROZEN = "board.unfrozen"
    REVEALED = "board.revealed"
    CONCEALED = "board.concealed"
    RERANKED = "board.reranked"
    TIES_CHANGED = "board.ties"
    COMPETITION_CHANGED = "competition.changed"
    ANNOUNCED = "board.announced"
    PROJECTED = "projector.changed"
    FINAL_CHANGED = "final.changed"

    @property
    def moves_board(self) -> bool:
        """Whether what stands on the board may be another afterwards."""
        return self in MOVES_BOARD

    @property
    def moves_every_row(self) -> bool:
        """Whether every row is to be set anew, not only those of whom the event names."""
        return self in MOVES_EVERY_ROW


MOVES_EVERY_ROW = frozenset(
    {
        EventKind.RESCORED,
        EventKind.FROZEN,
        EventKind.UNFROZEN,
        EventKind.REVEALED,
        EventKind.CONCEALED,
        EventKind.RERANKED,
    }
)
MOVES_BOARD = MOVES_EVERY_ROW | {
    EventKind.SCORED,
    EventKind.BOARD_CHANGED,
    EventKind.COMPETITION_CHANGED,
}
WORK_KINDS = frozenset({EventKind.QUEUED, EventKind.REJECTED, EventKind.ERROR})
"""Events that tell of work, not of scores."""
STILL_KINDS = WORK_KINDS | {EventKind.PROJECTED, EventKind.FINAL_CHANGED}
"""Events after which the board's page is as it was; an announcement stands on it."""


@dataclass(frozen=True)
class Happening:
    """An event that is about to get its place in the order; `people` are the participants' ids."""

    kind: EventKind
    competition_id: int
    submission_id: int | None
    people: tuple[int, ...]


def topics_of(kind: EventKind) -> tuple[str, ...]:
    """Whoever listens to any of these is to hear of it."""
    return (EVENTS_TOPIC,) if kind in STILL_KINDS else (EVENTS_TOPIC, BOARD_TOPIC)


Follower = Callable[[Session, Happening], None]
"""Called in the transaction of each event before it was added. Only here may rows be locked:
later the lock on the order of events is held, and two transactions could wait for each other."""
Observer = Callable[[Session, Event], None]
"""Called in the transaction of each event, after it was added: what it writes commits with it."""

_followers: list[Follower] = []
_observers: list[Observer] = []


def follow(follower: Follower) -> None:
    """Call `follower` before every event from now on; twice is harmless."""
    if follower not in _followers:
        _followers.append(follower)


def observe(observer: Observer) -> None:
    """Call `observer` for every event from now on; twice is harmless."""
    if observer not in _observers:
        _observers.append(observer)


def append(
    session: Session,
    kind: EventKind,
    *,
    competition_id: int,
    now: datetime,
    submission_id: int | None = None,
    people: Iterable[int] = (),
    data: Mapping[str, object] | None = None,
) -> None:
    """Add an event to this transaction. `data` is shown to everyone: nothing private in it.

    `people`: ids of participants whose rows of the board it moves, beside the submission's.
    """
    happening = Happening(kind, competition_id, submission_id, tuple(people))
    for follower in _followers:
        follower(session, happening)
    if session.get_bind().dialect.name == "postgresql":
        # Ids are given at insert but seen at commit: without this lock a reader that follows
        # "id > last" could pass over an event whose transaction commits late.
        session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": EVENT_ORDER_LOCK})
    event = Event(
        kind=kind,
        competition_id=competition_id,
        submission_id=submission_id,
        data=dict(data or {}),
        created_at=now,
    )
    session.add(event)
    session.flush()
    for topic in topics_of(kind):
        on_commit(session, topic, event.id or 0)
    for observer in _observers:
        observer(session, event)


def tell_board(session: Session, people: Iterable[Participant], *, now: datetime) -> None:
    """Something about these participants changed, so their rows may be others; tell the room."""
    by_competition: dict[int, list[int]] = {}
    for participant in people:
        assert participant.id is not None
        by_competition.setdefault(participant.competition_id, []).append(participant.id)
    for competition_id, ids in by_competition.items():
        append(session, EventKind.BOARD_CHANGED, competition_id=competition_id, people=ids, now=now)


def since(
    session: Session, last_id: int, *, competition_id: int | None = None, limit: int = 500
) -> list[Event]:
    """Events with an id above `last_id`, oldest first."""
    after = {"last": last_id, "competition": competition_id}
    query = _after(only_one=competition_id is not None).limit(limit)
    return list(session.execute(query, after).scalars())


@cache
def _after(*, only_one: bool) -> Select[Any]:
    query = select(Event).where(col(Event.id) > bindparam("last")).order_by(col(Event.id))
    if only_one:
        query = query.where(col(Event.competition_id) == bindparam("competition"))
    return query


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
