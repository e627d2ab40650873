"""What would make a model's answers right that are wrong as they are: on practice examples. Pure.

Each is a mistake that people make when they prepare their answers for training.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_runner.answers import (
    BINARY,
    MULTICLASS,
    REGRESSION,
    Answers,
    Outputs,
    classes_of,
    share,
)
from heldout_runner.judgement import (
    LOGARITHM,
    LOGARITHM_PLUS_ONE,
    ONE_HIGH,
    ONE_LOW,
    OTHER_CLASS,
    SCALED,
)

# A slope between these, with a mean that is not far off, is a poor fit and no other scale.
SAME_SLOPE = (0.5, 2.0)
# A line has two figures of its own to fit, a logarithm none: so that one is believed first.
ALMOST = 0.8
# Of large numbers one more or less makes no difference: then the plainer reading is told.
MORE = 0.01
# exp of more than this is no answer that anybody has.
LARGEST_EXPONENT = 80.0
# What varies less than this part of its size is as good as constant, and no line leads from it.
LEAST_SPREAD = 1e-4

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Explanation:
    """One of `judgement.EXPLANATIONS` and what it reaches."""

    name: str = ""
    share: float = math.nan
    slope: float = math.nan
    offset: float = math.nan


def explain(outputs: Outputs, answers: Answers) -> Explanation:
    """The explanation that reaches most, if any reaches more than the answers as they are."""
    if answers.kind == REGRESSION:
        return _of_numbers(outputs, answers)
    if answers.kind in (BINARY, MULTICLASS):
        return _of_classes(outputs, answers)
    return Explanation()


def _of_classes(outputs: Outputs, answers: Answers) -> Explanation:
    said, true = classes_of(outputs), answers.values
    if answers.kind == BINARY:
        others = {OTHER_CLASS: 1 - said}
    else:
        others = {ONE_HIGH: said - 1, ONE_LOW: said + 1}
    reached = {"": float((said == true).mean())}
    reached |= {name: float((instead == true).mean()) for name, instead in others.items()}
    best = max(reached, key=lambda name: reached[name])
    return Explanation(best, reached[best])


def _of_numbers(outputs: Outputs, answers: Answers) -> Explanation:
    values = outputs.astype(np.float64)
    # One example has no spread; what isn't finite has no other reading.
    if len(values) < 2 or not np.isfinite(values).all():
        return Explanation()
    plain, plus_one = _logarithms(values, answers)
    found = plus_one if plus_one.share > plain.share + MORE else plain
    line = _line(values, answers)
    best = line if line is not None and found.share < ALMOST * line.share else found
    return best if best.share > share(answers.losses(outputs)) else Explanation()


def _logarithms(values: Numbers, answers: Answers) -> tuple[Explanation, Explanation]:
    bounded = np.minimum(values, LARGEST_EXPONENT)
    return (
        _read_as(LOGARITHM, np.exp(bounded), answers),
        _read_as(LOGARITHM_PLUS_ONE, np.expm1(bounded), answers),
    )


def _read_as(name: str, values: Numbers, answers: Answers) -> Explanation:
    return Explanation(name, share(answers.losses_of_numbers(values)))


def _line(values: Numbers, answers: Answers) -> Explanation | None:
    """The straight line from predictions to answers, for each output its own."""
    true = answers.values
    centred = values - values.mean(axis=0)
    variance = (centred**2).mean(axis=0)
    varies = np.sqrt(variance) > LEAST_SPREAD * np.abs(values).max(axis=0)
    covariance = (centred * (true - true.mean(axis=0))).mean(axis=0)
    slope = np.divide(covariance, variance, out=np.zeros_like(variance), where=varies)
    offset = true.mean(axis=0) - slope * values.mean(axis=0)
    if not _is_another_scale(slope, values, true):
        return None
    reached = _read_as(SCALED, values * slope + offset, answers).share
    if values.shape[1] > 1:
        return Explanation(SCALED, reached)
    return Explanation(SCALED, reached, float(slope[0]), float(offset[0]))


def _is_another_scale(slope: Numbers, values: Numbers, true: Numbers) -> bool:
    """Whether some output has another unit or another zero, and all grow with the answers."""
    low, high = SAME_SLOPE
    apart = np.abs(values.mean(axis=0) - true.mean(axis=0)) > true.std(axis=0)
    other = (slope < low) | (slope > high) | apart
    return bool((slope > 0).all() and other.any())
