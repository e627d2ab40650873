"""Counts of true and predicted classes, and the shares that follow from them. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


def confusion_matrix(
    truth: NDArray[np.integer[Any]], predicted: NDArray[np.integer[Any]], classes: int
) -> Counts:
    """Counts (classes, classes): row = true class, column = predicted class.

    `truth` and `predicted` (n,) are class numbers from 0 to classes − 1. The same as
    scikit-learn's, which takes 1.2 ms for 10,000 examples where this takes 0.02: most of the time
    of a re-score, which counts every submission anew.
    """
    cells = truth.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def share(part: NDArray[Any], whole: NDArray[Any]) -> Shares:
    """part / whole, element by element; 0 / 0 is 0."""
    shares: Shares = np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)
    return shares


def per_class(confusion: Counts) -> tuple[Shares, Shares, Shares]:
    """Precision, recall and F1 of each class; 0 / 0 is 0.

    precision_c = hits_c / predicted_c; recall_c = hits_c / examples_c;
    F1_c = 2·hits_c / (examples_c + predicted_c).
    """
    hits = np.diag(confusion).astype(np.float64)
    examples, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    return share(hits, predicted), share(hits, examples), share(2 * hits, examples + predicted)


def occurring(confusion: Counts) -> NDArray[np.bool_]:
    """(classes,): whether a class has an example or is predicted; scikit-learn's averages over
    classes are over these.
    """
    found: NDArray[np.bool_] = (confusion.sum(axis=0) + confusion.sum(axis=1)) > 0
    return found


def mean_over(classes: NDArray[np.bool_], shares: Shares) -> float:
    """The plain mean of the shares of some classes."""
    return float(shares[classes].mean())
