"""Which hyperparameters mattered: Optuna's evaluators on the class's runs as trials.

A class is no designed experiment: what people tried together can't be told apart. So the answer
carries the number of runs, how far each value varied, and a caution when there are too few.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from heldout_server.runs import fanova
from heldout_server.runs.axes import AXES, SCORE, Axis
from heldout_server.runs.experiments import RunRow

log = structlog.get_logger()

FEWEST_RUNS = 10
ENOUGH_RUNS = 60
MOST_RUNS = 500
COVERED = 0.6
"""A hyperparameter counts when at least this share of the runs says its value."""
MOST_PARAMETERS = 10
SEED = 7
ALL_ALIKE = "All runs have the same score: nothing that was varied made a difference."
NOT_TOLD = "From these runs it can't be said. It is tried again with the next one."
NONE = "none"
ABSENT_IS_NONE = frozenset({"augmentation", "learning_rate_schedule", "kernel_size"})
ABSENT_IS_ZERO = frozenset({"dropout"})


@dataclass(frozen=True)
class Importance:
    """Shares that sum to 1, largest first; `runs` were used; `caution` is for the reader."""

    shares: tuple[tuple[str, float], ...]
    runs: int
    caution: str
    evaluator: str = "fANOVA"

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "shares": [list(pair) for pair in self.shares],
            "runs": self.runs,
            "caution": self.caution,
            "evaluator": self.evaluator,
        }


def importance(rows: Sequence[RunRow]) -> Importance:
    """The importances of what varied, by fANOVA.

    Of more than 500 runs a random sample is taken: the figure does not change, the time does.
    """
    sample = _sample(rows)
    axes = varied(sample)
    complete = [row for row in sample if all(_value(axis, row) is not None for axis in axes)]
    if len(complete) < FEWEST_RUNS or len(axes) < 2:
        return Importance((), len(complete), _too_few(len(complete), axes))
    scores = [row.values[SCORE] for row in complete]
    if len(set(scores)) == 1:
        return Importance((), len(complete), ALL_ALIKE)
    try:
        shares = fanova.shares([_parameter(axis, complete) for axis in axes], scores)
    except fanova.FanovaFailed as error:
        # As good as known until there are other runs: asked again at each event, it would cost
        # seconds of a processor every time.
        log.warning("importance.failed", reason=str(error))
        return Importance((), len(complete), NOT_TOLD)
    ranked = tuple(sorted(shares.items(), key=lambda pair: -pair[1]))
    return Importance(ranked, len(complete), _caution(len(complete)))


def varied(rows: Sequence[RunRow]) -> list[Axis]:
    """The hyperparameters that most runs tell and that took at least two values."""
    found = []
    for axis in AXES:
        values = [_value(axis, row) for row in rows] if axis.searched else []
        known = [value for value in values if value is not None]
        if known and len(known) >= COVERED * len(rows) and len(set(known)) > 1:
            found.append(axis)
    return found[:MOST_PARAMETERS]


def _value(axis: Axis, row: RunRow) -> Any:
    value = row.values[axis.name]
    if value is None and axis.name in ABSENT_IS_NONE:
        return NONE
    if value is None and axis.name in ABSENT_IS_ZERO:
        return 0.0
    return None if axis.is_log and value is not None and value <= 0 else value


def _sample(rows: Sequence[RunRow]) -> list[RunRow]:
    if len(rows) <= MOST_RUNS:
        return list(rows)
    return random.Random(SEED).sample(list(rows), MOST_RUNS)  # noqa: S311 - a sample, no secret


def _parameter(axis: Axis, rows: Sequence[RunRow]) -> fanova.Parameter:
    values = [_value(axis, row) for row in rows]
    return fanova.Parameter(axis.name, values, axis.kind == "text", axis.is_log)


def _too_few(runs: int, axes: Sequence[Axis]) -> str:
    if len(axes) < 2:
        return "Too little was varied so far: try at least two different hyperparameters."
    return f"Too few runs to say: {runs}, and at least {FEWEST_RUNS} are needed."


def _caution(runs: int) -> str:
    if runs < ENOUGH_RUNS:
        return (
            f"From {runs} runs only: a hint, not a finding. With fewer than {ENOUGH_RUNS} runs a "
            "single good model moves these figures."
        )
    return (
        "What people tried together can't be told apart: a large share means that score and "
        "value went together, not that one made the other."
    )
