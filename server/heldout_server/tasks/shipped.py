"""The metrics that come with Heldout, in the order in which they are listed."""

from __future__ import annotations

from math import inf, log

import numpy as np

from heldout_server.tasks import class_labels, label_sets, probabilities, ranked, regression
from heldout_server.tasks.fit import checked
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Compute, Direction, Metric, Needs, PerExample, Unit
from heldout_server.tasks.predictions import Predictions, Truth

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
BINARY, MULTICLASS = frozenset({Kind.BINARY}), frozenset({Kind.MULTICLASS})
CLASSES = BINARY | MULTICLASS
MULTILABEL, REGRESSION = frozenset({Kind.MULTILABEL}), frozenset({Kind.REGRESSION})
# float64's machine epsilon is the smallest probability that a log loss knows.
MOST_NATS = -log(float(np.finfo(np.float64).eps))


def _f1_macro(task: Task, truth: Truth, predictions: Predictions) -> float:
    if task.kind is Kind.MULTILABEL:
        return label_sets.f1_macro(task, truth, predictions)
    return class_labels.f1_macro(task, truth, predictions)


def _share(
    name: str,
    label: str,
    kinds: frozenset[Kind],
    compute: Compute,
    explained: str,
    *,
    direction: Direction = HIGHER,
    needs: Needs = Needs.LABELS,
    per_example: PerExample | None = None,
) -> Metric:
    return Metric(
        name, label, direction, kinds, needs, Unit.SHARE, 2, 0.0, 1.0, compute, per_example,
        explained,
    )  # fmt: skip


def _coefficient(
    name: str,
    label: str,
    kinds: frozenset[Kind],
    lowest: float,
    needs: Needs,
    compute: Compute,
    explained: str,
) -> Metric:
    return Metric(
        name, label, HIGHER, kinds, needs, Unit.COEFFICIENT, 3, lowest, 1.0, compute, None,
        explained,
    )  # fmt: skip


def _loss(
    name: str,
    label: str,
    kinds: frozenset[Kind],
    unit: Unit,
    highest: float,
    compute: Compute,
    per_example: PerExample | None,
    explained: str,
) -> Metric:
    needs = Needs.NUMBERS if kinds == REGRESSION else Needs.PROBABILITIES
    return Metric(
        name, label, LOWER, kinds, needs, unit, 4, 0.0, highest, compute, per_example, explained
    )


_OF_CLASSES = (
    _share(
        "accuracy", "Accuracy", CLASSES, class_labels.accuracy,
        "The share of examples whose class is right.",
        per_example=class_labels.hits,
    ),
    _share(
        "balanced_accuracy", "Balanced accuracy", CLASSES, class_labels.balanced_accuracy,
        "The share of each class that is found, averaged, so that a rare class counts as much as "
        "a frequent one.",
    ),
    _share(
        "f1", "F1", BINARY, class_labels.f1,
        "High only when most positive examples are found and most of what is called positive is.",
    ),
    _coefficient(
        "roc_auc", "ROC AUC", BINARY, 0.0, Needs.SCORES, ranked.roc_auc,
        "How often a positive example is rated above a negative one; 0.5 is guessing.",
    ),
    _coefficient(
        "average_precision", "Average precision", BINARY | MULTILABEL, 0.0, Needs.SCORES,
        ranked.average_precision,
        "How pure the list stays, going down from the surest prediction until every positive "
        "example is found.",
    ),
    _loss(
        "neg_log_loss", "Log loss", CLASSES, Unit.NATS, MOST_NATS,
        probabilities.log_loss, probabilities.log_loss_per_example,
        "Small when the truth was given a high probability; being sure and wrong costs most.",
    ),
    _loss(
        "neg_brier_score", "Brier score", BINARY, Unit.SQUARED, 1.0,
        probabilities.brier_score, probabilities.brier_per_example,
        "The mean squared distance of the predicted probability from what happened (0 or 1).",
    ),
    _coefficient(
        "matthews_corrcoef", "Matthews correlation", BINARY, -1.0, Needs.LABELS,
        class_labels.matthews_corrcoef,
        "The correlation of predicted and true classes: 1 is perfect, 0 is guessing, −1 is all "
        "wrong.",
    ),
    _share(
        "f1_macro", "Macro F1", MULTICLASS | MULTILABEL, _f1_macro,
        "F1 of each class or label, averaged, so that a rare one counts as much as a frequent one.",
    ),
    _share(
        "recall_macro", "Mean recall", MULTICLASS, class_labels.recall_macro,
        "The share of each class that is found, averaged over the classes.",
    ),
    _share(
        "top_k_accuracy", f"Top-{ranked.TOP} accuracy", MULTICLASS, ranked.top_accuracy,
        "The share of examples whose class is among the two that were rated highest.",
        needs=Needs.SCORES, per_example=ranked.top_hits,
    ),
    _coefficient(
        "roc_auc_ovr", "ROC AUC (one vs. rest)", MULTICLASS, 0.0, Needs.SCORES, ranked.roc_auc_ovr,
        "How often an example of a class is rated above one of another class, averaged over the "
        "classes; 0.5 is guessing.",
    ),
    _coefficient(
        "cohen_kappa", "Cohen's kappa", MULTICLASS, -1.0, Needs.LABELS, class_labels.cohen_kappa,
        "How much better the classes agree than by chance: 1 is perfect, 0 is chance.",
    ),
)  # fmt: skip

_OF_LABEL_SETS = (
    _share(
        "f1_samples", "F1 by example", MULTILABEL, label_sets.f1_samples,
        "How well the labels of each example fit its true ones, averaged over the examples.",
        per_example=label_sets.f1_per_example,
    ),
    _share(
        "f1_micro", "Micro F1", MULTILABEL, label_sets.f1_micro,
        "F1 of all labels of all examples counted together.",
    ),
    _share(
        "jaccard_samples", "Jaccard by example", MULTILABEL, label_sets.jaccard_samples,
        "Of the labels that are true or predicted, the share that is both, averaged over the "
        "examples.",
        per_example=label_sets.jaccard_per_example,
    ),
    _share(
        "neg_hamming_loss", "Hamming loss", MULTILABEL, label_sets.hamming_loss,
        "The share of all labels, there or not, that are wrong.",
        direction=LOWER, per_example=label_sets.hamming_per_example,
    ),
)  # fmt: skip

_OF_NUMBERS = (
    _loss(
        "neg_root_mean_squared_error", "RMSE", REGRESSION, Unit.TARGET, inf,
        regression.rmse, regression.squared_per_example,
        "The usual size of an error, where large errors count more.",
    ),
    _loss(
        "neg_mean_absolute_error", "MAE", REGRESSION, Unit.TARGET, inf,
        regression.mae, regression.absolute_per_example,
        "The average size of an error.",
    ),
    _loss(
        "neg_mean_squared_log_error", "MSLE", REGRESSION, Unit.SQUARED, inf,
        regression.msle, regression.squared_log_per_example,
        "Squared errors of the logarithms: twice too much is as bad for small values as for large.",
    ),
    _loss(
        "neg_median_absolute_error", "Median absolute error", REGRESSION, Unit.TARGET, inf,
        regression.median_absolute_error, None,
        "Half of the predictions are nearer to the truth than this.",
    ),
    Metric(
        "neg_mean_absolute_percentage_error", "MAPE", LOWER, REGRESSION, Needs.NUMBERS, Unit.SHARE,
        2, 0.0, inf, regression.mape, regression.percentage_per_example,
        "The average error in percent of the true value.",
    ),
    _coefficient(
        "r2", "R²", REGRESSION, -inf, Needs.NUMBERS, regression.r2,
        "The share of the variation that is predicted: 1 is perfect, 0 is no better than the mean.",
    ),
)  # fmt: skip

SHIPPED: tuple[Metric, ...] = tuple(
    checked(one) for one in _OF_CLASSES + _OF_LABEL_SETS + _OF_NUMBERS
)
