"""What several models answer to the same examples, whose labels are known: pairs and votes. Pure.

Which examples these are is for the caller: practice examples, whose labels everyone has, or hidden
ones, of which only counts may leave and only after the reveal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heldout_server.runs.ensemble import majority_vote

FEWEST_VOTERS = 2


@dataclass(frozen=True)
class PairCounts:
    """Examples by who reads them: `fixed` only the second, `broke` only the first."""

    both_right: int
    fixed: int
    broke: int
    both_wrong: int


@dataclass(frozen=True)
class ClassVote:
    """The majority vote's figures, and the accuracy of the best voter on the same examples."""

    accuracy: float
    error_count: int
    examples: int
    members: int
    best_single: float


class Answers(Protocol):
    """Counts over submissions, which are named by their row ids."""

    def pair(self, first: int, second: int) -> PairCounts | None:
        """How the second one's answers differ from the first one's; None if one has none."""

    def vote(self, voters: Sequence[int]) -> ClassVote | None:
        """The vote of those that have answers, the best first; None with fewer than two."""


def paired(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> PairCounts:
    """Counts from who is right where: both (n,)."""
    return PairCounts(
        both_right=int((first & second).sum()),
        fixed=int((~first & second).sum()),
        broke=int((first & ~second).sum()),
        both_wrong=int((~first & ~second).sum()),
    )


def voted(
    labels: NDArray[np.integer[Any]], votes: Sequence[NDArray[np.integer[Any]]], classes: int
) -> ClassVote | None:
    """The majority of `votes`, each (n,) and the best first, against `labels` (n,)."""
    if len(votes) < FEWEST_VOTERS:
        return None
    wrong = int((majority_vote(votes, classes) != labels).sum())
    best = max(float((vote == labels).mean()) for vote in votes)
    return ClassVote(1 - wrong / len(labels), wrong, len(labels), len(votes), best)


@dataclass(frozen=True)
class KnownAnswers:
    """`Answers` from predicted labels (n,) by submission, all in memory."""

    labels: NDArray[np.integer[Any]] = field(repr=False)
    said: Mapping[int, NDArray[np.integer[Any]]] = field(repr=False)
    classes: int

    def pair(self, first: int, second: int) -> PairCounts | None:
        """See `Answers`."""
        if first not in self.said or second not in self.said:
            return None
        return paired(self.said[first] == self.labels, self.said[second] == self.labels)

    def vote(self, voters: Sequence[int]) -> ClassVote | None:
        """See `Answers`."""
        votes = [self.said[voter] for voter in voters if voter in self.said]
        return voted(self.labels, votes, self.classes)
