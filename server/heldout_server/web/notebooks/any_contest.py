"""The starter notebook of a contest that isn't the lesson's: by its task and metric. Pure."""

from __future__ import annotations

from typing import Any

from heldout_server.datasets.loaded import DIGITS
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric
from heldout_server.web.notebooks.source import LESSON, Place, notebook

ANY = "any_contest"
# Module, class and how it is made; what the last layer has behind it; the loss.
LINEAR = ("sklearn.linear_model", "LogisticRegression", "LogisticRegression(max_iter=1000)")
SIMPLEST = {
    Kind.BINARY: LINEAR,
    Kind.MULTICLASS: LINEAR,
    Kind.MULTILABEL: ("sklearn.neighbors", "KNeighborsClassifier", "KNeighborsClassifier()"),
    Kind.REGRESSION: ("sklearn.linear_model", "Ridge", "Ridge()"),
}
HEADS = {
    Kind.BINARY: ("sigmoid", "binary_crossentropy"),
    Kind.MULTICLASS: ("softmax", "sparse_categorical_crossentropy"),
    Kind.MULTILABEL: ("sigmoid", "binary_crossentropy"),
    Kind.REGRESSION: (None, "mse"),
}


def starter(
    title: str, task: Task, is_lesson: bool, metric: Metric, place: Place
) -> dict[str, Any]:
    """The lesson where the contest has its images, else a first model and network of this kind."""
    if is_lesson:
        return notebook(LESSON, place)
    module, estimator, made = SIMPLEST[task.kind]
    activation, loss = HEADS[task.kind]
    behind = f', activation="{activation}"' if activation else ""
    values = {
        "title": title,
        "metric": metric.label,
        "direction": str(metric.direction),
        "module": module,
        "estimator": estimator,
        "made": made,
        "predicts": "predict_proba" if task.has_classes else "predict",
        "last_layer": f"keras.layers.Dense({task.width}{behind})",
        "loss": loss,
    }
    return notebook(ANY, place, values)


def is_lesson(task: Task, input_shape: tuple[int, ...]) -> bool:
    """Whether the contest has images of MNIST's form in ten digits."""
    return task == DIGITS and tuple(input_shape) == (28, 28)
