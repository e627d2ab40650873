"""Training histories as clean series: name → one float or None for each epoch. Pure.

A history comes from a participant's machine, so anything may be in it. None stands for whatever
was not measured or not finite.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

LARGEST = 1e300
"""Beyond this, differences overflow; such a value is as good as infinite."""
MOST_POINTS = 200
LOWER_IS_BETTER = ("loss", "error", "mse", "mae", "rmse", "msle", "mape", "crossentropy")
HIGHER_IS_BETTER = ("accuracy", "acc", "auc", "precision", "recall", "f1", "r2")

Values = Sequence[float | None]


def clean_series(history: Mapping[str, object]) -> dict[str, list[float | None]]:
    """Every series with at least one number, in the order of the history."""
    found = {str(name): numbers(raw) for name, raw in history.items()}
    return {
        name: values for name, values in found.items() if any(value is not None for value in values)
    }


def numbers(raw: object) -> list[float | None]:
    """The values of one series; [] for what is no list."""
    return [_number(value) for value in raw] if isinstance(raw, list | tuple) else []


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and abs(value) > LARGEST:
        return None
    return float(value) if abs(value) <= LARGEST else None


def is_accuracy(base: str) -> bool:
    """Whether `base` is Keras's name of some accuracy: the share of examples that are right."""
    is_other = "top_k" in base or "balanced" in base
    return not is_other and (base == "acc" or base.endswith("accuracy"))


def accuracy_name(series: Mapping[str, object]) -> str | None:
    """The name of the training accuracy: the plainest where there are several."""
    names = [name for name in series if is_accuracy(name) and not name.startswith("val_")]
    return min(names, key=len, default=None)


def best_index(base: str, values: Values) -> int | None:
    """The first epoch (from 0) with the best value; None when better has no known direction."""
    known = [(value, index) for index, value in enumerate(values) if value is not None]
    words = base.split("_")
    if known and any(word in LOWER_IS_BETTER for word in words):
        return min(known)[1]
    if known and any(word in HIGHER_IS_BETTER for word in words):
        return max(known, key=lambda pair: (pair[0], -pair[1]))[1]
    return None


def thin(values: Values, most: int = MOST_POINTS) -> list[tuple[int, float | None]]:
    """At most `most` (index, value) pairs that keep every peak and trough visible.

    Long series are cut into buckets; each gives its lowest and highest value in their order, or
    a gap when it holds nothing.
    """
    if len(values) <= most:
        return list(enumerate(values))
    buckets = most // 2
    bounds = [round(bucket * len(values) / buckets) for bucket in range(buckets + 1)]
    thinned: list[tuple[int, float | None]] = []
    for start, stop in itertools.pairwise(bounds):
        known = [(value, at) for at in range(start, stop) if (value := values[at]) is not None]
        if not known:
            thinned.append((start, None))
            continue
        extremes = {min(known)[1], max(known)[1]}
        thinned.extend((at, values[at]) for at in sorted(extremes))
    return thinned


def last(values: Values) -> float | None:
    """The last number of a series."""
    return next((value for value in reversed(values) if value is not None), None)
