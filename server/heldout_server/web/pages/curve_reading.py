"""What a training curve says, in the words of the lesson: fitting noise, early stopping."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Values = Sequence[float | None]
LOWER_IS_BETTER = ("loss", "error", "mse", "mae", "rmse")
HIGHER_IS_BETTER = ("accuracy", "acc", "auc", "precision", "recall", "f1")
SCHEDULES = frozenset({"learning_rate", "lr"})
CLEARLY_ABOVE = 1.05
"""Validation loss this many times its best counts as having risen."""


def is_accuracy(base: str) -> bool:
    """Whether `base` is Keras's name of some accuracy."""
    return base == "acc" or base.endswith("accuracy")


def is_share(base: str, known: Sequence[float]) -> bool:
    """Whether the numbers are best shown as percentages."""
    return is_accuracy(base) and all(0 <= value <= 1 for value in known)


def title(base: str) -> str:
    """`sparse_categorical_accuracy` as "Sparse categorical accuracy"."""
    words = base.replace("_", " ").strip() or "Unnamed"
    return words[0].upper() + words[1:]


def label(base: str, kind: str) -> str:
    """What a line is called: a schedule such as the learning rate has no training examples."""
    return "value" if base in SCHEDULES else kind


def best_index(base: str, validation: Values) -> int | None:
    """The first epoch (from 0) with the best value; None when better has no known direction."""
    known = [(value, index) for index, value in enumerate(validation) if value is not None]
    words = base.split("_")
    if known and any(word in LOWER_IS_BETTER for word in words):
        return min(known)[1]
    if known and any(word in HIGHER_IS_BETTER for word in words):
        return max(known, key=lambda pair: (pair[0], -pair[1]))[1]
    return None


def sentence(base: str, pair: Mapping[str, Values]) -> str:
    """One sentence on a loss panel; empty for other quantities, where the loss has said it."""
    if base != "loss":
        return ""
    validation, training = pair.get("validation"), pair.get("training", ())
    best = best_index(base, validation or ())
    if validation is None or best is None:
        return (
            "Only training loss was recorded. Keep some training examples back "
            "(validation_split=0.1) to see where the model starts to overfit."
        )
    return _with_validation(validation, training, best)


def _with_validation(validation: Values, training: Values, best: int) -> str:
    lowest, last = _at(validation, best), _last(validation)
    if best == len(validation) - 1:
        if len(validation) == 1:
            return "One epoch only: train longer to see where validation loss stops falling."
        return "Validation loss was lowest in the last epoch: training longer may still help."
    found = f"Validation loss was lowest at epoch {best + 1} ({lowest:.4g})"
    if lowest > 0 and last > lowest * CLEARLY_ABOVE:
        if _last(training) < _at(training, best):
            return (
                f"{found} and rose to {last:.4g} while training loss kept falling: the model "
                "overfits. Early stopping, dropout, regularization or a simpler model may help."
            )
        return f"{found} and rose to {last:.4g} after that: a lower learning rate may help."
    return f"{found} and stayed close to that afterwards."


def _at(values: Values, index: int) -> float:
    value = values[index] if index < len(values) else None
    return math.nan if value is None else value


def _last(values: Values) -> float:
    return next((value for value in reversed(values) if value is not None), math.nan)
