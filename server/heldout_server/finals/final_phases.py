"""Where a final stands, and what may be done then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.finals.rasterization import Canvas, Centre
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Dataset, DrawnFinal, FinalPhase

DRAWING = frozenset({FinalPhase.DRAW})
READING = frozenset({FinalPhase.DRAW, FinalPhase.READ})
PODIUM_STAYS = timedelta(hours=2)
RUNNING = READING | {FinalPhase.COUNT}
"""While models read what was drawn, and the wall shows it."""


def of_competition(session: Session, competition: Competition) -> DrawnFinal | None:
    """The competition's final, if it has one."""
    return session.get(DrawnFinal, competition.id)


def required(session: Session, competition: Competition) -> DrawnFinal:
    """The competition's final. Raises ProblemError `not_found`."""
    found = of_competition(session, competition)
    if found is None:
        raise ProblemError("not_found", "This competition has no drawn final.")
    return found


def check_drawing(final: DrawnFinal) -> None:
    """Raise ProblemError `conflict` unless people may draw now."""
    _check(final, DRAWING, "Drawing")


def check_reading(final: DrawnFinal) -> None:
    """Raise ProblemError `conflict` unless people may read what others drew."""
    _check(final, READING, "Reading")


def _check(final: DrawnFinal, allowed: frozenset[FinalPhase], what: str) -> None:
    if final.paused_at is not None:
        raise ProblemError(
            "conflict", "The final is paused.", "Nothing is lost: go on when the organizers do."
        )
    if final.phase not in allowed:
        begun = FinalPhase(final.phase) is not FinalPhase.FROZEN
        raise ProblemError("conflict", f"{what} {'is over' if begun else 'has not begun'}.")


def is_on_the_wall(final: DrawnFinal | None, *, now: datetime) -> bool:
    """Whether projectors show the final instead of the board: until a while after the podium."""
    if final is None:
        return False
    return final.phase != FinalPhase.PODIUM or now - final.phase_at < PODIUM_STAYS


def open_phase(session: Session, competition: Competition) -> FinalPhase | None:
    """The phase in which people may draw or read now, also while it pauses; None: neither."""
    final = of_competition(session, competition)
    return FinalPhase(final.phase) if final is not None and final.phase in READING else None


@dataclass(frozen=True, eq=False)
class ContestFinal:
    """A contest's final and the classes that it draws, read once for all that a request does."""

    row: DrawnFinal
    dataset: Dataset

    @property
    def competition_id(self) -> int:
        """Whose final it is."""
        return self.row.competition_id

    @property
    def classes(self) -> Sequence[str]:
        """What may be drawn, by number."""
        return self.dataset.class_names

    @property
    def canvas(self) -> Canvas:
        """How this contest's images hold a drawing."""
        return Canvas(self.dataset.input_shape[0], self.row.box, Centre(self.row.centre))


def of_contest(session: Session, competition: Competition) -> ContestFinal:
    """The competition's final with its classes. Raises ProblemError `not_found`."""
    row = required(session, competition)
    return ContestFinal(row, session.get_one(Dataset, competition.dataset_hash))


def tell(session: Session, final: DrawnFinal, *, now: datetime, drawing: str = "") -> None:
    """Tell the room that the final has gone on; `drawing`: the public id of one that counts now."""
    final.version += 1
    session.add(final)
    session.flush()
    events.append(
        session,
        EventKind.FINAL_CHANGED,
        competition_id=final.competition_id,
        now=now,
        data={"phase": final.phase, "paused": final.paused_at is not None, "drawing": drawing},
    )
