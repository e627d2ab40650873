"""Influence of each example on figures of numbers that are no means: R² and medians. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Task
from heldout_server.tasks.predictions import Predictions, Truth

Values = NDArray[np.float64]
MOST_QUANTILES = 20_001


def r2(task: Task, truth: Truth, predictions: Predictions) -> Values:
    """(n,): of the mean over outputs of 1 − S / V, the mean squared error by the variance.

    An output of which either is 0 has no influence: nearby weights leave it as it is.
    """
    assert predictions.values is not None
    squares = (truth - predictions.values.astype(np.float64)) ** 2
    spread = (truth - truth.mean(axis=0)) ** 2
    missed, varied = squares.mean(axis=0), spread.mean(axis=0)
    usual = (missed != 0) & (varied != 0)
    safe = np.where(usual, varied, 1.0)
    each = (-(squares - missed) + missed / safe * (spread - varied)) / safe
    values: Values = np.where(usual, each, 0.0).mean(axis=1)
    return values


@dataclass(frozen=True, eq=False)
class Medians:
    """How the medians of the absolute errors move, one for each output.

    A median has no slope without the density of the errors. So the *share* of errors up to the
    median is resampled, which is a mean, and the median is moved along the sorted errors by as much
    (R. Bahadur, "A note on quantiles in large samples", Annals of Mathematical Statistics 37
    (1966), 577-580). `values` (n, k); `ordered` (q, k) are quantiles of the errors at even
    steps: all errors, of up to `MOST_QUANTILES`.
    """

    values: Values
    ordered: Values
    median: Values

    @classmethod
    def of(cls, truth: Truth, predictions: Predictions) -> Medians:
        """From true and predicted numbers (n, k)."""
        assert predictions.values is not None
        errors = np.abs(truth - predictions.values.astype(np.float64))
        median = np.median(errors, axis=0)
        # Half of what lies at the median itself, so that many equal errors don't lean to a side.
        upto = (errors < median) + 0.5 * (errors == median)
        steps = np.linspace(0, 1, min(len(errors), MOST_QUANTILES))
        return cls(upto - upto.mean(axis=0), np.quantile(errors, steps, axis=0), median)

    def moved(self, sums: Values) -> Values:
        """(b,): the change of the medians' mean, for resampled changes (b, k) of the share."""
        last, end = len(self.values) - 1, len(self.ordered) - 1
        places = np.clip((0.5 - sums) * (last + 1) - 0.5, 0, last) * (end / max(last, 1))
        changes = [
            np.interp(places[:, k], np.arange(end + 1), self.ordered[:, k]) - self.median[k]
            for k in range(self.ordered.shape[1])
        ]
        found: Values = np.mean(changes, axis=0)
        return found
