"""What each example does to a figure, so that one matrix product resamples every metric. Pure.

A figure under weights w of the examples, of mean 1, is to first order the figure + Σ w_i·I_i / n,
where I_i is the influence of example i (F. Hampel, "The influence curve and its role in robust
estimation", Journal of the American Statistical Association 69 (1974), 383-393). So nothing is
computed again for a resample, and no resample is undefined: not one without a positive example.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.ties import of_classes, of_label_sets, of_numbers, of_order
from heldout_server.grading.ties.units import Units
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric
from heldout_server.tasks.predictions import Predictions, Truth

Values = NDArray[np.float64]
Of = Callable[[Task, Truth, Predictions], Values]
MOST_LEFT_OUT = 100
"""How many units there may be for a metric that is computed anew without each of them."""

_KNOWN: Mapping[str, Of] = {
    "balanced_accuracy": of_classes.balanced_accuracy,
    "f1": of_classes.f1,
    "recall_macro": of_classes.recall_macro,
    "matthews_corrcoef": of_classes.matthews_corrcoef,
    "cohen_kappa": of_classes.cohen_kappa,
    "f1_micro": of_label_sets.f1_micro,
    "roc_auc": of_order.roc_auc,
    "roc_auc_ovr": of_order.roc_auc_ovr,
    "average_precision": of_order.average_precision,
    "r2": of_numbers.r2,
}
_BY_CLASS = (_KNOWN.keys() | {"f1_macro"}) - {"r2"}


@dataclass(frozen=True, eq=False)
class Influence:
    """How one prediction's score moves with the weights of the examples.

    `score` is exact, more is better. `values` (n, m) sum to 0 over the examples; `moved` turns
    resampled sums Σ w_i·values_i / n (b, m) into changes of the score (b,). `by_class`: examples of
    a rare class weigh more than others.
    """

    score: float
    values: Values
    moved: Callable[[Values], Values]
    by_class: bool = False


def influence(
    metric: Metric, task: Task, truth: Truth, predictions: Predictions, drawn: Units
) -> Influence:
    """The influence of every example, whatever the metric; raises as `metric.compute`.

    A mean over examples, or a root of one, follows from what each example adds to it. A median
    moves along its own sample. Of a metric that the operator installed and that is no mean, each
    of the units that are drawn is left out in turn (see `is_by_leaving_out`).
    """
    figure = metric.compute(task, truth, predictions)
    sign = -1.0 if metric.is_loss else 1.0
    if metric.name == "neg_median_absolute_error":
        median = of_numbers.Medians.of(truth, predictions)
        return Influence(-figure, median.values, lambda sums: -median.moved(sums))
    values = _values(metric, task, truth, predictions, figure, drawn)
    by_class = metric.name in _BY_CLASS
    return Influence(sign * figure, values[:, None], lambda sums: sign * sums[:, 0], by_class)


def is_by_leaving_out(metric: Metric) -> bool:
    """Whether only leaving examples out tells anything of this metric: give it few units."""
    special = {"f1_macro", "neg_median_absolute_error"}
    return metric.per_example is None and metric.name not in special and metric.name not in _KNOWN


def _values(
    metric: Metric, task: Task, truth: Truth, predictions: Predictions, figure: float, drawn: Units
) -> Values:
    if metric.per_example is not None:
        return _of_mean(metric.per_example(task, truth, predictions), figure)
    if metric.name == "f1_macro":
        is_of_sets = task.kind is Kind.MULTILABEL
        macro = of_label_sets.f1_macro if is_of_sets else of_classes.f1_macro
        return macro(task, truth, predictions)
    if metric.name in _KNOWN:
        return _KNOWN[metric.name](task, truth, predictions)
    return _by_leaving_out(metric, task, truth, predictions, figure, drawn)


def _of_mean(added: Values, figure: float) -> Values:
    mean = float(added.mean())
    centred: Values = added - mean
    if np.isclose(figure, mean, rtol=1e-6, atol=0):
        return centred
    # The root of the mean: d√m = dm / 2√m. It is 0 only where every example adds nothing.
    rooted: Values = centred / (2 * figure) if figure else np.zeros_like(centred)
    return rooted


def _by_leaving_out(
    metric: Metric, task: Task, truth: Truth, predictions: Predictions, figure: float, drawn: Units
) -> Values:
    """The jackknife: a unit's influence is what the figure loses without it."""
    sizes = np.bincount(drawn.number, minlength=drawn.count)
    lost = np.zeros(drawn.count)
    for unit in range(drawn.count) if drawn.count > 1 else ():
        rest = drawn.number != unit
        without = metric.compute(task, truth[rest], predictions.part(rest))
        lost[unit] = (figure - without) * (len(truth) - sizes[unit]) / sizes[unit]
    values: Values = lost[drawn.number] - lost[drawn.number].mean()
    return values
