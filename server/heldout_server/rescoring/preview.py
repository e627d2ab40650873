"""Who would move, and by how much. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """One submission's score before and after. `moderation` None: it counts."""

    participant_row: int
    participant_id: str
    participant_name: str
    submission_row: int
    submission_id: str
    reached_at: datetime
    moderation: str | None
    before: float
    after: float


@dataclass(frozen=True)
class Move:
    """A participant's place and best score before and after.

    `places` is positive when they climb. The submission is the one that would hold the place.
    """

    participant_id: str
    participant_name: str
    submission_id: str
    rank_before: int
    rank_after: int
    score_before: float
    score_after: float

    @property
    def places(self) -> int:
        """Places won (positive) or lost."""
        return self.rank_before - self.rank_after

    @property
    def change(self) -> float:
        """What the best score wins or loses."""
        return self.score_after - self.score_before


@dataclass(frozen=True)
class Preview:
    """Every ranked participant, best place after first; and how much changes in all."""

    moves: tuple[Move, ...]
    submissions: int
    scores_changed: int

    @property
    def moved(self) -> tuple[Move, ...]:
        """Those whose place changes, the longest way first."""
        changed = [move for move in self.moves if move.places]
        return tuple(sorted(changed, key=lambda move: (-abs(move.places), move.rank_after)))

    @property
    def largest_change(self) -> float:
        """The largest change of anybody's best score, as an absolute figure."""
        return max((abs(move.change) for move in self.moves), default=0.0)

    @property
    def leader_changes(self) -> bool:
        """Whether somebody else would lead."""
        return any(move.rank_after == 1 and move.rank_before != 1 for move in self.moves)


def preview(entries: Iterable[Entry]) -> Preview:
    """Rank everybody twice, by the rules of the board: best score, then who got there first."""
    found = list(entries)
    counted = [entry for entry in found if entry.moderation is None]
    before = _ranked(counted, "before")
    after = _ranked(counted, "after")
    places = {entry.participant_row: rank for rank, entry in enumerate(before, 1)}
    scores = {entry.participant_row: entry.before for entry in before}
    moves = tuple(
        Move(
            participant_id=entry.participant_id,
            participant_name=entry.participant_name,
            submission_id=entry.submission_id,
            rank_before=places[entry.participant_row],
            rank_after=rank,
            score_before=scores[entry.participant_row],
            score_after=entry.after,
        )
        for rank, entry in enumerate(after, 1)
    )
    changed = sum(entry.before != entry.after for entry in found)
    return Preview(moves, submissions=len(found), scores_changed=changed)


def _ranked(entries: list[Entry], figure: str) -> list[Entry]:
    best: dict[int, Entry] = {}
    for entry in sorted(entries, key=lambda e: (-getattr(e, figure), e.submission_row)):
        best.setdefault(entry.participant_row, entry)
    return sorted(
        best.values(),
        key=lambda e: (-getattr(e, figure), e.reached_at, e.participant_row),
    )
