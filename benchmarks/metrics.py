"""How long grading 10,000 rows takes for every metric, against sorting as many numbers once.

`python benchmarks/metrics.py [--json] [--repeats 15]`. Floor and metric take turns in one process,
so that a busy machine slows both; the medians' ratio is the figure to compare. Grading is what a
submission costs: the ranking metric of the public and of the private half.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from heldout_server.tasks.catalogue import for_kind
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric
from heldout_server.tasks.predictions import Predictions
from heldout_server.tasks.probabilities import sigmoid, softmax

EXAMPLES, CLASSES, OUTPUTS = 10_000, 10, 10
# The most that grading may take, in milliseconds: an order of values, and many labels, take more.
ASKED, ASKED_OF_ORDERS = 10.0, 40.0
ORDERS = frozenset({"roc_auc", "roc_auc_ovr", "average_precision"})
TASKS = (
    Task(Kind.BINARY, ("no", "yes")),
    Task(Kind.MULTICLASS, tuple(f"class {number}" for number in range(CLASSES))),
    Task(Kind.MULTILABEL, targets=tuple(f"label {number}" for number in range(OUTPUTS))),
    Task(Kind.REGRESSION, targets=("one",)),
    Task(Kind.REGRESSION, targets=tuple(f"output {number}" for number in range(OUTPUTS))),
)


def example_of(task: Task) -> tuple[Any, Predictions]:
    """Random truth and float32 predictions that are somewhat right."""
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(EXAMPLES, task.width))
    if task.kind is Kind.REGRESSION:
        truth = generator.gamma(2.0, 10.0, noise.shape)
        return truth, Predictions(None, np.abs(truth + noise).astype(np.float32), "numbers")
    if task.kind is Kind.MULTICLASS:
        classes = generator.integers(0, CLASSES, EXAMPLES)
        noise[np.arange(EXAMPLES), classes] += 1
        rows = softmax(noise).astype(np.float32)
        return classes, Predictions(rows.argmax(axis=1), rows, "probabilities")
    labels = generator.integers(0, 2, noise.shape)
    rows = sigmoid(noise + labels).astype(np.float32)
    predicted = (rows >= 0.5).astype(np.int64)
    if task.kind is Kind.BINARY:
        return labels[:, 0], Predictions(predicted[:, 0], rows, "probabilities")
    return labels, Predictions(predicted, rows, "probabilities")


def measure(task: Task, metric: Metric, repeats: int) -> tuple[float, float]:
    """Median milliseconds of the floor and of grading both halves, taken in turns."""
    truth, predictions = example_of(task)
    halves = [np.arange(EXAMPLES) % 2 == part for part in (0, 1)]
    numbers = np.random.default_rng(1).random(EXAMPLES)

    def grade() -> None:
        for half in halves:
            metric.compute(task, truth[half], predictions.part(half))

    floors, graded = [], []
    for _ in range(repeats):
        floors.append(milliseconds(lambda: np.sort(numbers)))
        graded.append(milliseconds(grade))
    return statistics.median(floors), statistics.median(graded)


def milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def asked_of(task: Task, metric: Metric) -> float:
    slow = metric.name in ORDERS or task.kind is Kind.MULTILABEL
    return ASKED_OF_ORDERS if slow else ASKED


def main() -> None:
    """Print the table; with `--json` one object on the last line. Exit 1 if one is too slow."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--repeats", type=int, default=15)
    chosen = options.parse_args()
    results: dict[str, float] = {}
    late = []
    print(f"{'metric':55}{'sort ms':>9}{'graded ms':>11}{'ratio':>8}{'asked ms':>10}")
    for task in TASKS:
        for metric in for_kind(task.kind):
            name = f"{task.kind}_{task.width}_{metric.name}"
            floor, graded = measure(task, metric, chosen.repeats)
            asked = asked_of(task, metric)
            print(f"{name:55}{floor:9.2f}{graded:11.2f}{graded / floor:8.1f}{asked:10.0f}")
            results |= {f"ratio_{name}": graded / floor, f"milliseconds_{name}": graded}
            late += [name] if graded > asked else []
    if chosen.json:
        print(json.dumps(results))
    if late:
        sys.exit(f"too slow: {', '.join(late)}")


if __name__ == "__main__":
    main()
