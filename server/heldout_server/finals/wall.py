"""What a final's wall shows: the newest drawings, the board, a confusion, what fools most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server.finals import drawings
from heldout_server.finals.drawings import Counted
from heldout_server.finals.hands_board import HandsBoard, Line, hands_board, said_in
from heldout_server.models import (
    UNREAD,
    Competition,
    Dataset,
    Drawing,
    DrawingState,
    DrawnFinal,
)

NEWEST = 8
LEADERS = 3


@dataclass(frozen=True, slots=True)
class Said:
    """What one model reads in a drawing."""

    name: str
    label: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A drawing on the wall: what it is, what the leaders read, how many models misread it."""

    public_id: str
    label: str
    said: tuple[Said, ...]
    misread: int
    models: int


@dataclass(frozen=True)
class Wall:
    """All of it. `confusion` (k, k) counts, over all models, what is drawn by what is read."""

    phase: str
    is_paused: bool
    board: HandsBoard
    drawn: int
    waiting: int
    disputed: int
    classes: tuple[str, ...]
    newest: tuple[Shown, ...]
    hardest: Shown | None
    confusion: tuple[tuple[int, ...], ...]


def wall(session: Session, competition: Competition, final: DrawnFinal) -> Wall:
    """As it is now; only drawings that two people have read and that nobody hid are on it."""
    counted = drawings.counted(session, final.competition_id)
    board = hands_board(session, competition, final, counted)
    classes = tuple(session.get_one(Dataset, competition.dataset_hash).class_names)
    said = said_in(counted, len(board.lines))
    states = _states(session, final)
    newest = range(len(counted) - 1, max(-1, len(counted) - 1 - NEWEST), -1)
    at = _hardest(said, counted)
    return Wall(
        phase=final.phase,
        is_paused=final.paused_at is not None,
        board=board,
        drawn=sum(states.values()),
        waiting=states.get(DrawingState.WAITING, 0),
        disputed=states.get(DrawingState.DISPUTED, 0),
        classes=classes,
        newest=tuple(_shown(counted[one], said[:, one], board.lines, classes) for one in newest),
        hardest=None if at is None else _shown(counted[at], said[:, at], board.lines, classes),
        confusion=_confusion(said, counted, len(classes)),
    )


def _states(session: Session, final: DrawnFinal) -> dict[str, int]:
    query = (
        select(col(Drawing.state), func.count())
        .where(
            col(Drawing.competition_id) == final.competition_id, col(Drawing.hidden_at).is_(None)
        )
        .group_by(col(Drawing.state))
    )
    return {str(state): int(count) for state, count in session.execute(query)}


def _shown(
    drawing: Counted, said: NDArray[np.int64], lines: Sequence[Line], classes: Sequence[str]
) -> Shown:
    read = said[said != UNREAD]
    leaders = [line for line in lines if said[line.place] != UNREAD][:LEADERS]
    return Shown(
        public_id=drawing.public_id,
        label=classes[drawing.prompt],
        said=tuple(
            Said(line.name, classes[said[line.place]], bool(said[line.place] == drawing.prompt))
            for line in leaders
        ),
        misread=int((read != drawing.prompt).sum()),
        models=len(read),
    )


def _hardest(said: NDArray[np.int64], counted: Sequence[Counted]) -> int | None:
    """Which drawing the most models misread; None where none is misread."""
    prompts = np.array([one.prompt for one in counted], np.int64)
    wrong = ((said != prompts) & (said != UNREAD)).sum(axis=0)
    return int(wrong.argmax()) if wrong.size and wrong.max() > 0 else None


def _confusion(
    said: NDArray[np.int64], counted: Sequence[Counted], classes: int
) -> tuple[tuple[int, ...], ...]:
    prompts = np.broadcast_to([one.prompt for one in counted], said.shape)
    read = said != UNREAD
    found = np.zeros((classes, classes), np.int64)
    np.add.at(found, (prompts[read].astype(np.int64), said[read]), 1)
    return tuple(tuple(int(count) for count in row) for row in found)
