"""The board of a final: how many of the class's drawings each model reads, with ties and ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from heldout_server.finals import finalists
from heldout_server.finals.answers import MOST_TRIES
from heldout_server.finals.brackets import FEWEST_WRITERS, LOOKS, Bracket, Reads, bracket
from heldout_server.finals.drawings import Counted
from heldout_server.models import UNREAD, Competition, DrawnFinal, Finalist

PRIZE = "Reads our hands best"


@dataclass(frozen=True, slots=True)
class Line:
    """One model's row: `read` of `counted` drawings, its rank, and what luck may have done.

    `group`, `low` and `high` are of the last look, None before the first; `is_first`: shares the
    first group then. `has_failed`: it could not be run again, and reads nothing more. `sha256` is
    its file's, as it was when the final was frozen.
    """

    place: int
    public_id: str
    name: str
    sha256: str
    rank: int
    read: int
    counted: int
    group: int | None = None
    low: int | None = None
    high: int | None = None
    has_failed: bool = False

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.read / self.counted if self.counted else 0.0

    @property
    def is_first(self) -> bool:
        """Whether nobody clearly reads better."""
        return self.low == 1


@dataclass(frozen=True)
class HandsBoard:
    """All rows, best first; `looked_at`: after how many drawings ties were drawn, 0: not yet."""

    lines: tuple[Line, ...]
    drawings: int
    writers: int
    looked_at: int

    @property
    def by_place(self) -> list[Line]:
        """The rows in the order in which the models came into the final."""
        return sorted(self.lines, key=lambda line: line.place)

    @property
    def words(self) -> str:
        """Why there is no bracket yet, or of when it is, in a sentence."""
        if self.looked_at:
            return f"Ties as of {self.looked_at} drawings: rows in a bracket are too close to call."
        if self.drawings < LOOKS[0]:
            return (
                f"{self.drawings} of {LOOKS[0]} drawings count so far: too few to say whose model "
                "reads best."
            )
        return (
            f"{self.writers} people drew; from {FEWEST_WRITERS} on it can be said whose model "
            "reads best."
        )


def hands_board(
    session: Session, competition: Competition, final: DrawnFinal, drawings: Sequence[Counted]
) -> HandsBoard:
    """The board over these drawings, in the order in which they began to count."""
    competing = finalists.of_final(session, final.competition_id)
    reads = reads_of(session, competing, drawings)
    found = bracket(reads, final.seed) if competing else None
    names = finalists.names(session, competition, competing)
    lines = [_line(one, names[one.holder_id], reads, found) for one in competing]
    lines.sort(key=lambda line: (-line.share, line.place))
    return HandsBoard(
        tuple(_ranked(lines)),
        drawings=len(drawings),
        writers=len(np.unique(reads.writer)),
        looked_at=found.drawings if found else 0,
    )


def reads_of(session: Session, competing: Sequence[Finalist], drawings: Sequence[Counted]) -> Reads:
    """What each model read; what one hasn't read doesn't count for it, as its own don't."""
    said = said_in(drawings, len(competing))
    prompt = np.array([one.prompt for one in drawings], np.int64)
    writer = np.array([one.participant_id for one in drawings], np.int64)
    mine = finalists.writers_of(session, list(competing))
    own = np.array(
        [np.isin(writer, list(mine[one.holder_id])) for one in competing], np.bool_
    ).reshape(len(competing), len(drawings))
    return Reads(said == prompt, own | (said == UNREAD), writer)


def said_in(drawings: Sequence[Counted], competing: int) -> NDArray[np.int64]:
    """(models, drawings): the class that each model reads in each, or `UNREAD`."""
    nothing = bytes([UNREAD])
    rows = [(one.read_as or b"")[:competing].ljust(competing, nothing) for one in drawings]
    said = np.frombuffer(b"".join(rows), np.uint8).reshape(len(drawings), competing)
    return said.T.astype(np.int64)


def _line(finalist: Finalist, who: tuple[str, str], reads: Reads, found: Bracket | None) -> Line:
    place = finalist.place
    line = Line(
        place, *who, finalist.sha256, rank=0, read=int(reads.read[place]),
        counted=int(reads.counted[place]), has_failed=finalist.tries >= MOST_TRIES,
    )  # fmt: skip
    if found is None:
        return line
    at = int(np.flatnonzero(found.order == place)[0])
    return replace(
        line, group=int(found.group[at]), low=int(found.places.low[at]),
        high=int(found.places.high[at]),
    )  # fmt: skip


def _ranked(lines: Sequence[Line]) -> list[Line]:
    """Equal shares have the same rank."""
    shares = [line.share for line in lines]
    return [replace(line, rank=1 + shares.index(line.share)) for line in lines]
