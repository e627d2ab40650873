"""What one person still has to do in a final, and what they do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from heldout_server.finals import drawings, readings
from heldout_server.finals.final_phases import DRAWING, READING, ContestFinal
from heldout_server.finals.prompts import MOST_PROMPTS
from heldout_server.finals.verdicts import READERS
from heldout_server.models import Drawing, DrawnFinal, Participant

AHEAD = 2
"""So many are drawn before reading begins: at first there is nothing to read."""


class NextStep(StrEnum):
    """What a phone shows; `wait`: nothing can be drawn, and nothing is there to be read."""

    DRAW = "draw"
    READ = "read"
    WAIT = "wait"


@dataclass(frozen=True)
class Participation:
    """One person's part: `left` are the classes still to draw, `asked` how many readings are fair.

    `offer` is what they are asked to read now.
    """

    final: DrawnFinal
    classes: tuple[str, ...]
    left: tuple[int, ...]
    drawn: int
    said: int
    offer: Drawing | None
    step: NextStep

    @property
    def asked(self) -> int:
        """Each drawing needs two readings: whoever draws gives as many back."""
        return READERS * (self.drawn or MOST_PROMPTS)


def next_step(*, drawn: int, left: int, said: int, has_offer: bool, reads_only: bool) -> NextStep:
    """In turns, so that the first drawings are on the wall while the others are drawn. Pure."""
    owes = said < READERS * (drawn - AHEAD)
    if has_offer and (reads_only or owes or not left):
        return NextStep.READ
    return NextStep.DRAW if left and not reads_only else NextStep.WAIT


def participation(
    session: Session,
    final: ContestFinal,
    participant: Participant,
    *,
    now: datetime,
    reads_only: bool = False,
) -> Participation:
    """Their part as it is now, with something to read where there is something.

    `reads_only`: they can't draw, or don't want to. Raises ProblemError as `readings.offer`.
    """
    assert participant.id is not None
    done = drawings.prompts_drawn(session, participant.id)
    can_draw, can_read = _is(final.row, DRAWING), _is(final.row, READING)
    asked = drawings.prompts_of(final, participant) if can_draw else ()
    left = tuple(number for number in asked if number not in done)
    said = readings.said_by(session, participant.id)
    offer = readings.offer(session, final, participant, now=now) if can_read else None
    step = next_step(
        drawn=len(done), left=len(left), said=said, has_offer=offer is not None,
        reads_only=reads_only,
    )  # fmt: skip
    return Participation(final.row, tuple(final.classes), left, len(done), said, offer, step)


def _is(final: DrawnFinal, phases: frozenset[object]) -> bool:
    return final.paused_at is None and final.phase in phases
