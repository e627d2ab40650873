"""What is asked of the database whenever somebody draws or reads, each statement made once.

A room taps hundreds of times a minute, and SQLAlchemy takes longer to put such a statement together
than to run it. Names with a colon are what each execution gives.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    case,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import QueryableAttribute, aliased, defer
from sqlmodel import col

from heldout_server.finals.verdicts import READERS
from heldout_server.models import Drawing, DrawingReading, DrawingState

_COMPETITION = col(Drawing.competition_id) == bindparam("competition")
_MINE = col(DrawingReading.participant_id) == bindparam("reader")
# What was drawn is read by nobody; its image is.
_WITHOUT_STROKES = defer(cast("QueryableAttribute[Any]", Drawing.strokes))


@cache
def prompts_drawn() -> Select[Any]:
    """Which classes `:writer` has drawn."""
    return select(col(Drawing.prompt)).where(col(Drawing.participant_id) == bindparam("writer"))


@cache
def drawn_before() -> Select[Any]:
    """What `:writer` drew for `:prompt`."""
    return (
        select(Drawing)
        .where(
            col(Drawing.participant_id) == bindparam("writer"),
            col(Drawing.prompt) == bindparam("prompt"),
        )
        .options(_WITHOUT_STROKES)
    )


@cache
def drawn_alike() -> Select[Any]:
    """Who else has drawn exactly `:digest` in `:competition`."""
    return select(col(Drawing.id)).where(_COMPETITION, col(Drawing.digest) == bindparam("digest"))


@cache
def drawing() -> Select[Any]:
    """The drawing `:drawing` of `:competition`, for whoever changes it.

    Held so that it can be offered to others meanwhile: whoever offers it may hold what this one
    waits for.
    """
    return (
        select(Drawing)
        .where(_COMPETITION, col(Drawing.public_id) == bindparam("drawing"))
        .options(_WITHOUT_STROKES)
        .with_for_update(key_share=True)
    )


@cache
def readings_given() -> Select[Any]:
    """How many drawings `:reader` has read."""
    return select(func.count()).where(_MINE, col(DrawingReading.said_at).is_not(None))


@cache
def offered() -> Select[Drawing, bool]:
    """The drawing for `:reader`, and whether they have it in their hands already.

    What others need them for comes first, then what nobody else is needed for, by how few have it
    in their hands. Offered before `:since`, it is in nobody's.
    """
    has_said = col(DrawingReading.said_at).is_not(None)
    said = _number(and_(has_said, col(DrawingReading.counts)))
    held = _number(and_(~has_said, col(DrawingReading.offered_at) > bindparam("since")))
    has_it = _number(_MINE)
    is_cared_for = said + held >= READERS
    # Images are read of the one that is found, not of all that wait.
    found = (
        select(col(Drawing.id), (has_it > 0).label("has_it"))
        .outerjoin(DrawingReading, col(DrawingReading.drawing_id) == col(Drawing.id))
        .where(
            _COMPETITION,
            col(Drawing.state) == DrawingState.WAITING,
            col(Drawing.hidden_at).is_(None),
            col(Drawing.participant_id) != bindparam("reader"),
        )
        .group_by(col(Drawing.id))
        .having(_number(and_(_MINE, has_said)) == 0)
        .order_by(
            has_it.desc(),
            case((is_cared_for, 1), else_=0),
            case((is_cared_for, held), else_=-said),
            -held,
            col(Drawing.id),
        )
        .limit(1)
        .subquery()
    )
    is_it = col(Drawing.id) == found.c.id
    return select(Drawing, found.c.has_it).join(found, is_it).options(_WITHOUT_STROKES)


@cache
def offer_first() -> Insert:
    """Put a drawing into a reader's hands."""
    return insert(DrawingReading)


@cache
def offer_again() -> Update:
    """`:reader` has `:offered_drawing` in their hands still, `:now`."""
    is_it = col(DrawingReading.drawing_id) == bindparam("offered_drawing")
    return update(DrawingReading).where(_MINE, is_it).values(offered_at=bindparam("now"))


@cache
def said_of() -> Select[Any]:
    """What was said of `:drawing_id`, in order, as the database has it now."""
    return (
        select(DrawingReading)
        .where(
            col(DrawingReading.drawing_id) == bindparam("drawing_id"),
            col(DrawingReading.said_at).is_not(None),
        )
        .order_by(col(DrawingReading.said_at), col(DrawingReading.participant_id))
        .execution_options(populate_existing=True)
    )


@cache
def agreements() -> Select[int, int, int, int, int]:
    """Of each of `:readers` in `:competition`: who; on how many drawings they said the same as
    writer and another reader; of how many; how many of their rows count, and how many there are.
    """
    another = aliased(DrawingReading)
    other = select(col(another.drawing_id)).where(
        col(another.drawing_id) == col(Drawing.id),
        col(another.participant_id) != col(DrawingReading.participant_id),
        col(another.said) == col(Drawing.prompt),
    )
    compared = and_(col(DrawingReading.said_at).is_not(None), other.exists())
    agrees = and_(compared, col(DrawingReading.said) == col(Drawing.prompt))
    return (
        select(
            col(DrawingReading.participant_id),
            _number(agrees),
            _number(compared),
            _number(col(DrawingReading.counts).is_(True)),
            func.count(),
        )
        .join_from(DrawingReading, Drawing, col(DrawingReading.drawing_id) == col(Drawing.id))
        .where(
            _COMPETITION,
            col(DrawingReading.participant_id).in_(bindparam("readers", expanding=True)),
        )
        .group_by(col(DrawingReading.participant_id))
    )


@cache
def believe() -> Update:
    """Have all that `:reader` said count or not, as `:believed`."""
    return update(DrawingReading).where(_MINE).values(counts=bindparam("believed"))


@cache
def drawings_read() -> Select[Any]:
    """All that `:reader` has read, or holds."""
    mine = and_(col(DrawingReading.drawing_id) == col(Drawing.id), _MINE)
    return select(Drawing).join(DrawingReading, mine).options(_WITHOUT_STROKES)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
