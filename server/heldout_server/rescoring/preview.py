"""Who would move, and by how much. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """The place that somebody holds by one submission; `rank` from 1."""

    holder_id: int
    participant_id: str
    participant_name: str
    submission_id: str
    rank: int
    score: float


@dataclass(frozen=True)
class Move:
    """A participant's, or a team's, place and best score before and after.

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


def moves(before: Iterable[Place], after: Iterable[Place]) -> tuple[Move, ...]:
    """How those who are ranked before and after move, in the order after."""
    known = {place.holder_id: place for place in before}
    return tuple(_move(known[place.holder_id], place) for place in after)


def _move(before: Place, after: Place) -> Move:
    return Move(
        participant_id=after.participant_id,
        participant_name=after.participant_name,
        submission_id=after.submission_id,
        rank_before=before.rank,
        rank_after=after.rank,
        score_before=before.score,
        score_after=after.score,
    )
