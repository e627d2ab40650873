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

from heldout_server.runs.ensemble import together, voters
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric, Needs, Undefined, Unsuitable
from heldout_server.tasks.predictions import Predictions, Truth

FEWEST_VOTERS = 2
ACCURACY = "accuracy"


@dataclass(frozen=True)
class PairCounts:
    """Examples by who reads them: `fixed` only the second, `broke` only the first."""

    both_right: int
    fixed: int
    broke: int
    both_wrong: int


@dataclass(frozen=True)
class ClassVote:
    """What the class says together, and the best single one on the same examples.

    `figure` and `best_figure` are of `metric`, as people read them. `accuracy` and `best_single`
    are shares of right answers; they and `error_count` are None where an answer isn't right or
    wrong.
    """

    metric: str
    figure: float
    best_figure: float
    examples: int
    members: int
    accuracy: float | None
    error_count: int | None
    best_single: float | None


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
    task: Task, truth: Truth, found: Sequence[Predictions], metric: Metric
) -> ClassVote | None:
    """Everyone together, the best first, against the truth of the same examples.

    None with fewer than two whose predictions can be put together for the metric, and where it has
    no value on these examples.
    """
    members = voters(task, found, metric)
    if len(members) < FEWEST_VOTERS:
        return None
    said = together(task, members, metric)
    try:
        figures = [metric.compute(task, truth, one) for one in (said, *members)]
    except (Undefined, Unsuitable):
        return None
    wrong = None if task.kind is Kind.REGRESSION else int((~right(truth, said)).sum())
    best = max(float(right(truth, one).mean()) for one in members) if wrong is not None else None
    return ClassVote(
        metric=metric.name,
        figure=figures[0],
        best_figure=metric.figure(max(metric.score(figure) for figure in figures[1:])),
        examples=len(truth),
        members=len(members),
        accuracy=None if wrong is None else 1 - wrong / len(truth),
        error_count=wrong,
        best_single=best,
    )


def right(truth: Truth, said: Predictions) -> NDArray[np.bool_]:
    """(n,): whether each answer is right; of several labels, whether all are."""
    same = np.equal(said.classes, truth).reshape(len(truth), -1)
    every: NDArray[np.bool_] = np.all(same, axis=1)
    return every


@dataclass(frozen=True)
class KnownAnswers:
    """`Answers` from predicted labels by submission, all in memory; of one class an example."""

    task: Task
    labels: NDArray[np.integer[Any]] = field(repr=False)
    said: Mapping[int, NDArray[np.integer[Any]]] = field(repr=False)
    metric: str

    def pair(self, first: int, second: int) -> PairCounts | None:
        """See `Answers`."""
        if first not in self.said or second not in self.said:
            return None
        return paired(self.said[first] == self.labels, self.said[second] == self.labels)

    def vote(self, voters: Sequence[int]) -> ClassVote | None:
        """See `Answers`. Labels alone are known: where they aren't ranked, the accuracy is told."""
        votes = [
            Predictions(self.said[voter].astype(np.int64), None, "labels")
            for voter in voters
            if voter in self.said
        ]
        metric = catalogue.metric(self.metric)
        by_labels = metric if metric.needs is Needs.LABELS else catalogue.metric(ACCURACY)
        return voted(self.task, self.labels.astype(np.int64), votes, by_labels)
