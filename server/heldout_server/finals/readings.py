"""Readings: what is offered to whom, and what follows from what they say.

Two others read each drawing. What was begun is finished first, so that it reaches the wall soon;
and when everything is in somebody's hands already, it is offered to more, so that the last ones
don't wait for a phone that has left.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from heldout_server.finals import drawings, final_phases, verdicts
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    Competition,
    Dataset,
    Drawing,
    DrawingReading,
    DrawingState,
    DrawnFinal,
    Participant,
)
from heldout_server.people import bans

OFFERED_FOR = timedelta(seconds=20)
"""Whoever hasn't said anything by then has put the phone away: others are asked."""


def offer(
    session: Session, competition: Competition, reader: Participant, *, now: datetime
) -> Drawing | None:
    """A drawing of somebody else for this reader; None while there is none.

    The same as before until they have said what it is. Raises ProblemError as `drawings.draw`.
    """
    bans.check(reader)
    final_phases.check_reading(final_phases.required(session, competition))
    assert reader.id is not None
    held = session.execute(_held(competition, reader.id)).scalar()
    found: Drawing | None = held or session.execute(_next(competition, reader.id, now)).scalar()
    if found is not None:
        assert found.id is not None
        reading = DrawingReading(drawing_id=found.id, participant_id=reader.id, offered_at=now)
        session.merge(reading)
        session.flush()
    return found


def say(
    session: Session,
    competition: Competition,
    reader: Participant,
    drawing_id: str,
    said: int | None,
    *,
    now: datetime,
) -> Drawing:
    """What the reader takes it for; None: they can't tell. Said twice, the first one stands.

    Raises ProblemError `not_found` (no final; not offered to them), `validation` (no class of this
    number), or as `offer`.
    """
    bans.check(reader)
    final = final_phases.required(session, competition)
    dataset = session.get_one(Dataset, competition.dataset_hash)
    if said is not None and not 0 <= said < len(dataset.class_names):
        raise ProblemError("validation", "There is no class with this number.")
    # Of two who say something at the same moment, the later one has to see the earlier one's.
    drawing = drawings.by_public_id(session, final.competition_id, drawing_id, lock=True)
    reading = session.get(DrawingReading, (drawing.id, reader.id))
    if reading is None:
        raise ProblemError("not_found", "This drawing wasn't shown to you.")
    if reading.said_at is None:
        final_phases.check_reading(final)
        reading.said, reading.said_at = said, now
        session.add(reading)
        session.flush()
        _follow(session, final, drawing, len(dataset.class_names), now)
    return drawing


def said_by(session: Session, reader_id: int) -> int:
    """How many drawings somebody has read."""
    query = select(func.count()).where(
        col(DrawingReading.participant_id) == reader_id, col(DrawingReading.said_at).is_not(None)
    )
    return session.execute(query).scalar() or 0


def _held(competition: Competition, reader_id: int) -> Select[Any]:
    """What they have been offered and haven't answered."""
    mine = and_(
        col(DrawingReading.drawing_id) == col(Drawing.id),
        col(DrawingReading.participant_id) == reader_id,
        col(DrawingReading.said_at).is_(None),
    )
    waits = _waiting(competition)
    return select(Drawing).join(DrawingReading, mine).where(*waits).order_by(col(Drawing.id))


def _next(competition: Competition, reader_id: int, now: datetime) -> Select[Any]:
    """What nobody else is needed for comes last, by how few have it in their hands."""
    reading = select(col(DrawingReading.drawing_id)).where(
        col(DrawingReading.participant_id) == reader_id
    )
    hands = _hands(competition, now).subquery()
    said, held = func.coalesce(hands.c.said, 0), func.coalesce(hands.c.held, 0)
    is_cared_for = said + held >= verdicts.READERS
    return (
        select(Drawing)
        .outerjoin(hands, hands.c.drawing_id == col(Drawing.id))
        .where(
            *_waiting(competition),
            col(Drawing.participant_id) != reader_id,
            col(Drawing.id).not_in(reading),
        )
        .order_by(
            case((is_cared_for, 1), else_=0),
            case((is_cared_for, held), else_=-said),
            -held,
            col(Drawing.id),
        )
        .limit(1)
    )


def _waiting(competition: Competition) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Drawing.competition_id) == competition.id,
        col(Drawing.state) == DrawingState.WAITING,
        col(Drawing.hidden_at).is_(None),
    )


def _hands(competition: Competition, now: datetime) -> Select[Any, Any, Any]:
    """Of each drawing how many have read it, and how many hold it in their hands."""
    has_said = and_(col(DrawingReading.said_at).is_not(None), col(DrawingReading.counts))
    holds = and_(
        col(DrawingReading.said_at).is_(None), col(DrawingReading.offered_at) > now - OFFERED_FOR
    )
    return (
        select(
            col(DrawingReading.drawing_id).label("drawing_id"),
            func.sum(case((has_said, 1), else_=0)).label("said"),
            func.sum(case((holds, 1), else_=0)).label("held"),
        )
        .join_from(DrawingReading, Drawing, col(DrawingReading.drawing_id) == col(Drawing.id))
        .where(*_waiting(competition))
        .group_by(col(DrawingReading.drawing_id))
    )


def _follow(
    session: Session, final: DrawnFinal, drawing: Drawing, classes: int, now: datetime
) -> None:
    """Set anew who is believed, and what that changes."""
    readers = [one.participant_id for one in _said_of(session, drawing)]
    changed = [drawing]
    # A first reading has none to be compared with: it changes nobody's agreement, and what somebody
    # says who isn't believed is left out as soon as it could count.
    for reader_id in readers if len(readers) > 1 else ():
        changed += _judge_reader(session, final, reader_id, classes)
    for one in {each.id: each for each in changed}.values():
        _judge(session, final, one, now)


def _judge_reader(
    session: Session, final: DrawnFinal, reader_id: int, classes: int
) -> Iterable[Drawing]:
    """Believe a reader or don't; what they have read, if that is another judgement than before."""
    agreed, compared = session.execute(_agreement(final, reader_id)).one()
    believed = verdicts.counts(int(agreed or 0), compared, classes)
    mine = col(DrawingReading.participant_id) == reader_id
    other = update(DrawingReading).where(mine, col(DrawingReading.counts).is_not(believed))
    if not session.execute(other.values(counts=believed)).rowcount:  # type: ignore[attr-defined]
        return ()
    query = select(Drawing).join(
        DrawingReading, and_(col(DrawingReading.drawing_id) == col(Drawing.id), mine)
    )
    return session.execute(query).scalars().all()


def _agreement(final: DrawnFinal, reader_id: int) -> Select[Any, int]:
    """On how many drawings they said the same as writer and another reader, and of how many."""
    another = aliased(DrawingReading)
    other = select(col(another.drawing_id)).where(
        col(another.drawing_id) == col(Drawing.id),
        col(another.participant_id) != reader_id,
        col(another.said) == col(Drawing.prompt),
    )
    agrees = case((col(DrawingReading.said) == col(Drawing.prompt), 1), else_=0)
    return (
        select(func.sum(agrees), func.count())
        .join_from(DrawingReading, Drawing, col(DrawingReading.drawing_id) == col(Drawing.id))
        .where(
            col(Drawing.competition_id) == final.competition_id,
            col(DrawingReading.participant_id) == reader_id,
            col(DrawingReading.said_at).is_not(None),
            other.exists(),
        )
    )


def _judge(session: Session, final: DrawnFinal, drawing: Drawing, now: datetime) -> None:
    said = [one.said for one in _said_of(session, drawing) if one.counts]
    found = verdicts.verdict(drawing.prompt, said)
    if found == drawing.state:
        return
    drawing.state = found
    if found is DrawingState.COUNTED:
        drawing.counted_at = drawing.counted_at or now
        final_phases.tell(session, final, now=now, drawing=drawing.public_id)
    session.add(drawing)
    session.flush()


def _said_of(session: Session, drawing: Drawing) -> list[DrawingReading]:
    query = (
        select(DrawingReading)
        .where(
            col(DrawingReading.drawing_id) == drawing.id, col(DrawingReading.said_at).is_not(None)
        )
        .order_by(col(DrawingReading.said_at), col(DrawingReading.participant_id))
        .execution_options(populate_existing=True)
    )
    return list(session.execute(query).scalars())
