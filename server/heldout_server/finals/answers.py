"""What the finalists' models read in the drawings that count: kept with each drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Row, select, update
from sqlmodel import Session, col

from heldout_server.finals import final_phases
from heldout_server.finals.final_phases import RUNNING
from heldout_server.models import (
    UNREAD,
    Competition,
    Drawing,
    DrawingState,
    DrawnFinal,
    Finalist,
    FinalPhase,
)

MOST_TRIES = 3
"""A model that fails so often in a row reads nothing more, and organizers see that."""
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Batch:
    """Drawings that a final's models have to read; `finalists`: which models, by their place."""

    final: DrawnFinal
    competition: Competition
    drawings: tuple[Drawing, ...]
    finalists: tuple[Finalist, ...]

    def unread_by(self, finalist: Finalist) -> list[Drawing]:
        """Of these drawings, those that this model hasn't read."""
        return [
            one
            for one in self.drawings
            if answers_in(one.read_as, finalist.place + 1)[finalist.place] == UNREAD
        ]


def next_batch(session: Session) -> Batch | None:
    """What is outstanding of any final that runs; None when there is nothing."""
    phases = (*RUNNING, FinalPhase.PODIUM)
    query = (
        select(DrawnFinal, Drawing)
        .join(Drawing, col(Drawing.competition_id) == col(DrawnFinal.competition_id))
        .where(
            col(DrawnFinal.phase).in_(phases),
            col(Drawing.state) == DrawingState.COUNTED,
            col(Drawing.read_at).is_(None),
            col(Drawing.hidden_at).is_(None),
        )
        .order_by(col(DrawnFinal.competition_id), col(Drawing.counted_at), col(Drawing.id))
        .limit(MOST_AT_ONCE)
    )
    rows = session.execute(query).all()
    if not rows:
        return None
    final = rows[0][0]
    competition = session.get_one(Competition, final.competition_id)
    drawings = tuple(drawing for one, drawing in rows if one is final)
    return Batch(final, competition, drawings, _able(session, final))


def keep(session: Session, finalist: Finalist, said: Mapping[int, int], *, now: datetime) -> None:
    """Add what this model reads, by the drawing's row id; told to the room when all have read."""
    final = session.get_one(DrawnFinal, finalist.competition_id)
    able = _able(session, final)
    size = _finalists(session, final)
    read = [
        _with(drawing, {finalist.place: said[drawing.id]}, size, able, now)
        for drawing in _held(session, col(Drawing.id).in_(said))
    ]
    _store(session, read)
    row = update(Finalist).where(col(Finalist.id) == finalist.id, col(Finalist.tries) > 0)
    session.execute(row.values(tries=0))
    if any("read_at" in one for one in read):
        final_phases.tell(session, final, now=now)


def failed(session: Session, finalist: Finalist, *, now: datetime) -> None:
    """Count a run in vain; once there were too many, nobody waits for this model any more."""
    row = session.get_one(Finalist, finalist.id)
    row.tries += 1
    session.add(row)
    session.flush()
    if row.tries < MOST_TRIES:
        return
    final = session.get_one(DrawnFinal, finalist.competition_id)
    able, size = _able(session, final), _finalists(session, final)
    unread = _held(
        session,
        col(Drawing.competition_id) == final.competition_id,
        col(Drawing.read_at).is_(None),
        col(Drawing.state) == DrawingState.COUNTED,
    )
    _store(session, [_with(drawing, {}, size, able, now) for drawing in unread])
    final_phases.tell(session, final, now=now)


def answers_in(read_as: bytes | None, finalists: int) -> NDArray[np.uint8]:
    """(finalists,): the class that the model at each place reads in it, or `UNREAD`."""
    found = np.full(finalists, UNREAD, np.uint8)
    stored = np.frombuffer(read_as or b"", np.uint8)[:finalists]
    found[: len(stored)] = stored
    return found


def _held(session: Session, *which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """`id` and `read_as` of these drawings, theirs alone until the commit. Without image and
    strokes: every finalist's model answers for all of them.
    """
    query = select(col(Drawing.id), col(Drawing.read_as)).where(*which)
    return session.execute(query.order_by(col(Drawing.id)).with_for_update()).all()


def _with(
    drawing: Row[Any],
    said: Mapping[int, int],
    size: int,
    able: Sequence[Finalist],
    now: datetime,
) -> dict[str, Any]:
    """The drawing's columns once the models at these places have said this."""
    answers = answers_in(drawing.read_as, size)
    for place, answer in said.items():
        answers[place] = answer
    is_read = all(answers[one.place] != UNREAD for one in able)
    return {
        "id": drawing.id, "read_as": answers.tobytes(), **({"read_at": now} if is_read else {})
    }  # fmt: skip


def _store(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:  # by primary key; without any, all would be meant
        session.execute(update(Drawing), rows)


def _able(session: Session, final: DrawnFinal) -> tuple[Finalist, ...]:
    """Whose models still read."""
    query = select(Finalist).where(
        col(Finalist.competition_id) == final.competition_id, col(Finalist.tries) < MOST_TRIES
    )
    return tuple(session.execute(query.order_by(col(Finalist.place))).scalars())


def _finalists(session: Session, final: DrawnFinal) -> int:
    query = select(col(Finalist.id)).where(col(Finalist.competition_id) == final.competition_id)
    return len(session.execute(query).all())
