"""Loss and accuracy of one training, and the summaries that diagnoses are made from. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from heldout_server.runs.asked import DIGITS, Asked
from heldout_server.runs.series import Values, accuracy_name, clean_series, last, numbers
from heldout_server.tasks.kinds import Kind

LOSS = "loss"
END_SHARE = 0.2
"""The end of a curve is its last fifth, at least two epochs."""
NEAR_CHANCE = 2 / 9
"""Of the way from chance to all right: 30 % of ten classes, 61 % of two."""


class LearningCurve:
    """Loss and accuracy of a history, with the few summaries that the rules use.

    `kept`, counted from 1, is the epoch whose weights early stopping gave back: accuracies end
    there, losses go on. `is_narrow`: a hidden layer has fewer units than there are classes, so that
    what passes through it can't tell them all apart well; two classes fit through any. Accuracies
    are of tasks in which an example is right or wrong as a whole. Below `near_chance`
    of them nothing was learned; the loss of two classes is then not below `lowest_at_chance`.
    """

    def __init__(
        self, history: Mapping[str, Any], hyperparameters: object = None, asked: Asked = DIGITS
    ) -> None:
        known = hyperparameters if isinstance(hyperparameters, Mapping) else {}
        self.kept = kept_epoch(known)
        self.is_narrow = asked.kind is Kind.MULTICLASS and 0 < _narrowest(known) < asked.classes
        self.lowest_at_chance = math.log(2) / 2 if asked.kind is Kind.BINARY else 0.0
        self.near_chance = asked.chance + (1 - asked.chance) * NEAR_CHANCE
        self.loss = numbers(history.get(LOSS))
        self.validation = numbers(history.get(f"val_{LOSS}"))
        series = clean_series(history)
        name = accuracy_name(series) if asked.classes else None
        self.accuracies = _shares(series.get(name or "", ()))[: self.kept]
        self.validation_accuracies = _shares(series.get(f"val_{name}", ()))[: self.kept]
        self.epochs = max(len(self.loss), len(self.validation))
        self.known = [value for value in self.validation if value is not None]
        # Where it was measured: not in every epoch, with `validation_freq` or where it broke.
        self.measured = [at for at, value in enumerate(self.validation) if value is not None]
        self.trained = [value for value in self.loss if value is not None]
        # A median of three takes out single jumps without moving a rise or a fall.
        self.smooth = smoothed(self.known)

    @property
    def accuracy(self) -> float | None:
        """The share of the training set that is right in the end."""
        return self.accuracies[-1] if self.accuracies else None

    @property
    def validation_accuracy(self) -> float | None:
        """The same of the validation set."""
        return self.validation_accuracies[-1] if self.validation_accuracies else None

    @property
    def end(self) -> int:
        """How many epochs are the end of the curve."""
        return max(2, round(len(self.known) * END_SHARE))


def smoothed(values: Sequence[float]) -> list[float]:
    """The running median of three; the ends are of two or one."""
    return [statistics.median(values[max(0, i - 1) : i + 2]) for i in range(len(values))]


def _shares(values: Values) -> list[float]:
    """What was measured of an accuracy; nothing where it isn't one in the end."""
    final = last(values)
    if final is None or not 0 <= final <= 1:
        return []
    return [value for value in values if value is not None and 0 <= value <= 1]


def falling_share(values: Sequence[float], end: int) -> float:
    """How much of its level a curve lost over its last `end` epochs, by averages: 0.1 is 10 %."""
    before, after = averages(values, end)
    return (before - after) / before if before > 0 else 0.0


def averages(values: Sequence[float], end: int) -> tuple[float, float]:
    """Of as many epochs before the end, and of the end."""
    return statistics.fmean(values[-2 * end : -end] or values[:1]), statistics.fmean(values[-end:])


def kept_epoch(hyperparameters: Mapping[str, Any]) -> int | None:
    """Counted from 1, as the client captured it; anything else may stand there, too."""
    best = hyperparameters.get("best_epoch")
    stopped = hyperparameters.get("early_stopped_at")
    given_back = hyperparameters.get("restore_best_weights") is True and stopped is not None
    return best if given_back and type(best) is int and best > 0 else None


def _narrowest(hyperparameters: Mapping[str, Any]) -> int:
    """The fewest units of a hidden dense layer ("2048-512-128"); 0 where it isn't known."""
    parts = str(hyperparameters.get("hidden_units", "")).split("-")
    widths = [int(part) for part in parts if part.isdecimal() and len(part) < len("1000000")]
    return min(widths, default=0) if len(widths) == len(parts) else 0
