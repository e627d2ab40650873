"""Whether predictions can be measured: what a metric needs of them, and that shapes agree. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric, Needs, Undefined, Unsuitable
from heldout_server.tasks.predictions import Output, Predictions, Truth

Measured = TypeVar("Measured")

WANTED = {
    Needs.LABELS: "predicted labels",
    Needs.SCORES: "probabilities or scores",
    Needs.PROBABILITIES: "probabilities",
    Needs.NUMBERS: "predicted numbers",
}
ENOUGH: dict[Needs, frozenset[Output]] = {
    Needs.LABELS: frozenset({"labels", "probabilities", "logits", "scores"}),
    Needs.SCORES: frozenset({"probabilities", "logits", "scores"}),
    Needs.PROBABILITIES: frozenset({"probabilities", "logits"}),
    Needs.NUMBERS: frozenset({"numbers"}),
}
FOUND: dict[Output, str] = {
    "labels": "has labels alone",
    "probabilities": "has probabilities",
    "logits": "has logits",
    "scores": "has scores that are no probabilities",
    "numbers": "has numbers alone",
}


def check_needs(metric: Metric, output: Output) -> None:
    """Raise Unsuitable where predictions of this output lack what the metric needs."""
    missing = lacking(metric.label, metric.needs, output)
    if missing:
        raise Unsuitable(missing)


def lacking(label: str, needs: Needs, output: Output) -> str:
    """The sentence on what a metric of this label lacks in such an output; "" where nothing."""
    if output in ENOUGH[needs]:
        return ""
    return f"{label} needs {WANTED[needs]}, and this file {FOUND[output]}."


def check_fit(task: Task, truth: Truth, predictions: Predictions) -> None:
    """Raise Undefined without an example, and ValueError unless shapes and class numbers agree:
    our mistake, for predictions are checked before they come here.
    """
    wanted = (len(truth),) if task.has_classes else (len(truth), task.width)
    if truth.shape != wanted:
        raise ValueError(f"the truth has shape {truth.shape}, not {wanted}")
    labels, values = predictions.labels, predictions.values
    if values is None and predictions.output != "labels":
        raise ValueError(f"output {predictions.output!r} needs values")
    if labels is not None and labels.shape != wanted:
        raise ValueError(f"predicted labels have shape {labels.shape}, not {wanted}")
    if values is not None and values.shape != (len(truth), task.width):
        raise ValueError(f"values have shape {values.shape}, not {(len(truth), task.width)}")
    if not len(truth):
        raise Undefined("there is no example")
    if task.kind is not Kind.REGRESSION:
        _check_numbers(task, truth, predictions)


def _check_numbers(task: Task, truth: Truth, predictions: Predictions) -> None:
    most = len(task.classes) - 1 if task.has_classes else 1
    for numbers in (truth, predictions.classes):
        if numbers.min() < 0 or numbers.max() > most:
            raise ValueError(f"class numbers must be from 0 to {most}")


def checked(metric: Metric) -> Metric:
    """The same metric, which checks what it is given before it computes."""

    def check(task: Task, truth: Truth, predictions: Predictions) -> None:
        if task.kind not in metric.kinds:
            raise ValueError(f"{metric.name} is no metric of a {task.kind} task")
        check_fit(task, truth, predictions)
        check_needs(metric, predictions.output)

    return replace(
        metric,
        compute=_after(check, metric.compute),
        per_example=None if metric.per_example is None else _after(check, metric.per_example),
    )


def _after(
    check: Callable[[Task, Truth, Predictions], None],
    measure: Callable[[Task, Truth, Predictions], Measured],
) -> Callable[[Task, Truth, Predictions], Measured]:
    def checked_first(task: Task, truth: Truth, predictions: Predictions) -> Measured:
        check(task, truth, predictions)
        return measure(task, truth, predictions)

    return checked_first
