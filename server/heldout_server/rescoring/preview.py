"""Who would move, and by how much. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """One submission before and after, on the split that is looked at.

    `unit` is who is ranked: a participant, or a team (negative). `counts`: of a kind that is
    ranked, neither moderated nor after a freeze. The public figures say which submission is final
    when none was chosen.
    """

    unit: int
    ranked_id: str
    ranked_name: str
    submission_row: int
    submission_id: str
    reached_at: datetime
    counts: bool
    is_chosen: bool
    public_before: float
    public_after: float
    before: float
    after: float


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


def preview(entries: Iterable[Entry], *, final: bool = False) -> Preview:
    """Rank everybody twice, by the rules of the board: best score, then who got there first.

    `final`: by final selections, as after a reveal.
    """
    found = list(entries)
    before, after = (_ranked(found, name, final=final) for name in ("before", "after"))
    places = {entry.unit: rank for rank, entry in enumerate(before, 1)}
    scores = {entry.unit: entry.before for entry in before}
    moves = tuple(
        Move(
            participant_id=entry.ranked_id,
            participant_name=entry.ranked_name,
            submission_id=entry.submission_id,
            rank_before=places[entry.unit],
            rank_after=rank,
            score_before=scores[entry.unit],
            score_after=entry.after,
        )
        for rank, entry in enumerate(after, 1)
    )
    changed = sum(entry.before != entry.after for entry in found)
    return Preview(moves, submissions=len(found), scores_changed=changed)


def _ranked(entries: list[Entry], figure: str, *, final: bool) -> list[Entry]:
    counted = [entry for entry in entries if entry.counts]
    candidates = _final_selection(counted, f"public_{figure}") if final else counted
    best = _best_of_each(candidates, figure)
    return sorted(best, key=lambda e: (-getattr(e, figure), e.reached_at, e.unit))


def _final_selection(entries: list[Entry], public_figure: str) -> list[Entry]:
    """What was chosen; for whoever chose nothing, their best in public."""
    chosen = [entry for entry in entries if entry.is_chosen]
    chose = {entry.unit for entry in chosen}
    others = [entry for entry in entries if entry.unit not in chose]
    return chosen + _best_of_each(others, public_figure)


def _best_of_each(entries: list[Entry], figure: str) -> list[Entry]:
    best: dict[int, Entry] = {}
    for entry in sorted(entries, key=lambda e: (-getattr(e, figure), e.submission_row)):
        best.setdefault(entry.unit, entry)
    return list(best.values())
