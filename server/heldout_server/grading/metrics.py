"""Metrics of a multiclass prediction; pure, no files.

Definitions follow scikit-learn's user guide, "Metrics and scoring", and C. M. Bishop, "Pattern
Recognition and Machine Learning", 2006, p. 209 (log loss).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Output: TypeAlias = Literal["probabilities", "logits", "scores", "labels"]
"""What a prediction's values are: `scores` only order the classes; `labels` has no values."""

# What a board may rank by: whole-prediction figures, higher is better, defined for every output.
RANKING_METRICS = ("accuracy", "macro_f1", "macro_recall")
RANKING_DIGITS = 4
DIGIT_CLASSES = 10
TOP = 3
# float32's machine epsilon: predictions are float32, and scikit-learn and Keras (1e-7) clip
# there, too, so that a participant who computes the log loss at home gets this figure.
SMALLEST_PROBABILITY = float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class MulticlassMetrics:
    """How well a prediction fits; fractions from 0 to 1, log loss in nats.

    Recall of a class without examples, and precision of a class never predicted, count as 0
    in the macro averages. `confusion_matrix[i][j]` counts examples of class i predicted as j.
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
    confusion_matrix: list[list[int]]

    def ranking(self, metric: str) -> float:
        """The figure that a board ranks by. Raises `ValueError` for one it can't rank by.

        Accuracy is exact: it is a count. The others are to a hundredth of a percent, as they are
        shown: every digit of a mean over classes tells in which classes a file was right.
        """
        if metric not in RANKING_METRICS:
            raise ValueError(f"a board can't rank by {metric!r}")
        figure: float = getattr(self, metric)
        return figure if metric == "accuracy" else round(figure, RANKING_DIGITS)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain Python numbers and lists, ready for JSON."""
        return asdict(self)


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
    a macro figure is the plain mean over all classes; 0 / 0 is 0.
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
    precision, recall, f1 = _per_class(confusion)
    correct = int(np.trace(confusion))
    return MulticlassMetrics(
        examples=len(labels),
        accuracy=correct / len(labels),
        error_count=len(labels) - correct,
        top_3_accuracy=None if values is None else top_accuracy(labels, values, TOP),
        log_loss=_log_loss(labels, values, output),
        macro_precision=float(precision.mean()),
        macro_recall=float(recall.mean()),
        macro_f1=float(f1.mean()),
        per_class_recall=recall.tolist(),
        confusion_matrix=confusion.tolist(),
    )


def confusion_matrix(
    labels: NDArray[np.integer[Any]], predicted: NDArray[np.integer[Any]], classes: int
) -> NDArray[np.int64]:
    """Counts (classes, classes): row = true class, column = predicted class.

    The same as scikit-learn's, which takes 1.2 ms for 10,000 examples where this takes 0.02:
    most of the time of a re-score, which counts every submission anew.
    """
    cells = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes)


def top_accuracy(
    labels: NDArray[np.integer[Any]], values: NDArray[np.floating[Any]], top: int
) -> float:
    """Share of examples whose class is among the `top` highest values, from 0 to 1.

    Among equal values the smaller class number comes first, as in argmax, so that this is never
    below the accuracy. (scikit-learn's `top_k_accuracy_score` orders ties the other way and is
    the same without ties.)
    """
    own = values[np.arange(len(labels)), labels][:, None]
    smaller_class = np.arange(values.shape[1]) < labels[:, None]
    ahead = (values > own) | ((values == own) & smaller_class)
    return float((ahead.sum(axis=1) < top).mean())


def _confusion(
    labels: NDArray[np.integer[Any]], predicted: NDArray[np.integer[Any]], classes: int
) -> NDArray[np.int64]:
    """scikit-learn's `confusion_matrix` without its checks, which take longer than a submission's
    whole grading.
    """
    cells = labels.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def _per_class(
    confusion: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Precision, recall and F1 of each class from the confusion matrix; 0 / 0 is 0.

    The same as scikit-learn's `precision_recall_fscore_support`, which would count everything
    anew: 5 ms for each split while a participant waits.
    """
    hits = np.diag(confusion).astype(np.float64)
    examples, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = _share(hits, predicted), _share(hits, examples)
    return precision, recall, _share(2 * hits, examples + predicted)


def _share(part: NDArray[np.float64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def mean_log_loss(
    labels: NDArray[np.integer[Any]], probabilities: NDArray[np.floating[Any]]
) -> float:
    """Mean of −ln(p of the true class), in nats (Bishop 2006, p. 209).

    Every probability is clipped to [`SMALLEST_PROBABILITY`, 1], then each row divided by its sum.
    The same figure as scikit-learn's `log_loss` on those rows, without its 6 ms of checking.
    """
    clipped = np.clip(probabilities.astype(np.float64), SMALLEST_PROBABILITY, 1.0)
    of_true_class = clipped[np.arange(len(labels)), labels] / clipped.sum(axis=1)
    return float(-np.log(of_true_class).mean())


def softmax(logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """exp(z − max z) / Σ exp(z − max z) for each row (n, classes): no overflow, any finite z."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    normalised: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return normalised


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


def _log_loss(
    labels: NDArray[np.integer[Any]], values: NDArray[np.floating[Any]] | None, output: Output
) -> float | None:
    if values is None or output == "scores":
        return None
    return mean_log_loss(labels, softmax(values) if output == "logits" else values)
