"""Metrics of a multiclass prediction; pure, no files.

Definitions follow scikit-learn's user guide, "Metrics and scoring", and C. M. Bishop, "Pattern
Recognition and Machine Learning", 2006, p. 209 (log loss).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.confusion import confusion_matrix, mean_over, occurring, per_class
from heldout_server.tasks.probabilities import log_losses, smallest_probability, softmax
from heldout_server.tasks.ranked import in_top

Output: TypeAlias = Literal["probabilities", "logits", "scores", "labels"]
"""What a prediction's values are: `scores` only order the classes; `labels` has no values."""

DIGIT_CLASSES = 10
MOST_CROSSED = 100
"""Of a thousand classes the table would be a million numbers, kept with every submission."""
TOP = 3


@dataclass(frozen=True)
class MulticlassMetrics:
    """How well a prediction fits; fractions from 0 to 1, log loss in nats.

    A macro average is over the classes that have an example or are predicted, as scikit-learn's:
    recall of one without examples, and precision of one never predicted, count as 0.
    `confusion_matrix[i][j]` counts examples of class i predicted as j; None of more
    than `MOST_CROSSED` classes.
    """

    examples: int
    accuracy: float
    error_count: int
    top_3_accuracy: float | None
    log_loss: float | None
    macro_precision: float
    macro_recall: float
    macro_f1: float
    per_class_recall: list[float]
    confusion_matrix: list[list[int]] | None

    def to_dict(self) -> dict[str, Any]:
        """The same as plain Python numbers and lists, ready for JSON."""
        # Not `asdict`, which copies each cell of the table: a tenth of a re-score.
        return {each.name: getattr(self, each.name) for each in fields(self)}


def multiclass_metrics(
    labels: NDArray[np.integer[Any]],
    predicted: NDArray[np.integer[Any]],
    values: NDArray[np.floating[Any]] | None,
    output: Output,
    *,
    classes: int = DIGIT_CLASSES,
) -> MulticlassMetrics:
    """Compare `predicted` (n,) with `labels` (n,), both class numbers from 0 to classes − 1.

    `values` (n, classes), finite, are needed unless `output` is "labels", when they are not
    looked at. With k = number of examples where predicted = label:
    accuracy = k / n; error count = n − k; precision_c = hits_c / predicted_c;
    recall_c = hits_c / examples_c; F1_c = 2·precision_c·recall_c / (precision_c + recall_c);
    a macro figure is the plain mean over the classes that occur; 0 / 0 is 0.
    Top 3: see `top_accuracy`; log loss, for probabilities and logits: see `mean_log_loss`.
    Raises `ValueError` when there is no example or shapes and ranges do not fit: our mistake,
    for predictions are checked before they come here.
    """
    if output == "labels":
        values = None
    elif values is None:
        raise ValueError(f"output {output!r} needs values")
    check_fit(labels, predicted, values, classes)
    confusion = confusion_matrix(labels, predicted, classes)
    precision, recall, f1 = per_class(confusion)
    present = occurring(confusion)
    correct = int(np.trace(confusion))
    return MulticlassMetrics(
        examples=len(labels),
        accuracy=correct / len(labels),
        error_count=len(labels) - correct,
        top_3_accuracy=None if values is None else top_accuracy(labels, values, TOP),
        log_loss=None if values is None else mean_log_loss(labels, values, output),
        macro_precision=mean_over(present, precision),
        macro_recall=mean_over(present, recall),
        macro_f1=mean_over(present, f1),
        per_class_recall=recall.tolist(),
        confusion_matrix=confusion.tolist() if classes <= MOST_CROSSED else None,
    )


def top_accuracy(
    labels: NDArray[np.integer[Any]], values: NDArray[np.floating[Any]], top: int
) -> float:
    """Share of examples whose class is among the `top` highest values, from 0 to 1.

    Among equal values the smaller class number comes first: see `ranked.in_top`.
    """
    return float(in_top(labels, values, top).mean())


def check_fit(
    labels: NDArray[np.integer[Any]],
    predicted: NDArray[np.integer[Any]],
    values: NDArray[np.floating[Any]] | None,
    classes: int,
) -> None:
    """`ValueError` unless shapes and class numbers agree and there is an example to score."""
    count = len(labels)
    if not count:
        raise ValueError("there is no example to score")
    if labels.shape != (count,) or predicted.shape != (count,):
        raise ValueError(f"labels {labels.shape} and predicted {predicted.shape} must be (n,)")
    for numbers in (labels, predicted):
        if numbers.min() < 0 or numbers.max() >= classes:
            raise ValueError(f"class numbers must be from 0 to {classes - 1}")
    if values is not None and values.shape != (count, classes):
        raise ValueError(f"values have shape {values.shape}, not {(count, classes)}")


def mean_log_loss(
    labels: NDArray[np.integer[Any]], values: NDArray[np.floating[Any]], output: Output
) -> float | None:
    """The mean of `probabilities.log_losses`, in nats; None without probabilities or logits."""
    if output not in ("probabilities", "logits"):
        return None
    rows = softmax(values) if output == "logits" else values
    return float(log_losses(labels, rows, smallest_probability(values)).mean())
