"""What one call of `fit` was: recorded while it runs, kept as long as its model lives.

Nothing here imports Keras. A record looks like the History that `fit` returns, so that whatever
reads one reads the other.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heldout._plain import Scalar, joined, tidy

LEARNING_RATE = "learning_rate"


@dataclass
class FitRecord:
    """One fit: `columns` describe the call, `history` has one value for each epoch.

    `epoch` and `params` are named as on a Keras History.
    """

    columns: dict[str, Scalar] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    history: dict[str, list[Any]] = field(default_factory=dict)
    epoch: list[int] = field(default_factory=list)
    seconds: float = 0.0
    optimizer: str | None = None
    notes: list[str] = field(default_factory=list)
    _started: float = field(default_factory=time.perf_counter)

    def end_epoch(self, epoch: int, logs: Mapping[str, Any], learning_rate: Any) -> None:
        """Add what Keras measured in this epoch; time counts even if the fit is interrupted."""
        for name, value in logs.items():
            self.history.setdefault(str(name), []).append(value)
        if learning_rate is not None and LEARNING_RATE not in logs:
            self.history.setdefault(LEARNING_RATE, []).append(tidy(learning_rate))
        self.epoch.append(epoch)
        self.seconds = time.perf_counter() - self._started

    def row(self) -> dict[str, Scalar]:
        """The fit as one row of the run card's table of fits."""
        rates = self.history.get(LEARNING_RATE) or [None]
        found = {
            **self.columns,
            "epochs_run": len(self.epoch),
            "epochs_requested": self.params.get("epochs"),
            "steps_per_epoch": self.params.get("steps"),
            "optimizer": self.optimizer,
            "first_learning_rate": rates[0],
            "last_learning_rate": rates[-1],
            "seconds": round(self.seconds, 3),
        }
        return {name: value for name, value in found.items() if value is not None}


_records: weakref.WeakKeyDictionary[Any, list[FitRecord]] = weakref.WeakKeyDictionary()


def remember(model: Any, record: FitRecord) -> None:
    """Keep the record with its model."""
    _records.setdefault(model, []).append(record)


def recorded_fits(model: Any) -> list[FitRecord]:
    """The tracked fits of this very model object, oldest first; empty when it wasn't tracked."""
    try:
        return [record for record in _records.get(model, []) if record.epoch]
    except TypeError:  # not hashable, or not to be referenced weakly: never tracked
        return []


def fit_columns(fits: list[FitRecord]) -> dict[str, Scalar]:
    """Flat columns over all fits: `batch_size`, `examples`, … and `fits`, `train_seconds`.

    A setting that changed from fit to fit is joined: `128-32`.
    """
    names = dict.fromkeys(name for fit in fits for name in fit.columns)
    columns: dict[str, Scalar] = {}
    for name in names:
        values = [fit.columns[name] for fit in fits if fit.columns.get(name) is not None]
        columns[name] = joined(dict.fromkeys(values))
    if fits:
        columns["fits"] = len(fits)
        columns["train_seconds"] = round(sum(fit.seconds for fit in fits), 3)
    return columns
