"""Influence against the exact bootstrap, for every metric that comes with Heldout."""

from dataclasses import replace

import numpy as np
import pytest

from heldout_server.grading.ties.influence import MOST_LEFT_OUT, influence, is_by_leaving_out
from heldout_server.grading.ties.units import units
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions
from heldout_server.tasks.shipped import SHIPPED

N, DRAWS = 1500, 200
TASKS = {
    Kind.BINARY: Task(Kind.BINARY, ("no", "yes"), positive=0),
    Kind.MULTICLASS: Task(Kind.MULTICLASS, ("a", "b", "c", "d")),
    Kind.MULTILABEL: Task(Kind.MULTILABEL, (), ("x", "y", "z")),
    Kind.REGRESSION: Task(Kind.REGRESSION, (), ("u", "v")),
}
EVERY = [(one.name, kind) for one in SHIPPED for kind in sorted(one.kinds)]
# A median isn't smooth: between two of its values a weight does nothing. And of 150 examples with a
# rare label, or numbers with long tails, products of two weights can be seen.
ROUGHER = {
    "neg_median_absolute_error": (0.97, 0.1), "average_precision": (0.99, 0.03), "r2": (0.99, 0.03),
}  # fmt: skip


def example(kind, seed=0, count=N):
    """Truth and predictions of a middling model; some classes are rare, some values are equal."""
    rng = np.random.default_rng(seed)
    task = TASKS[kind]
    if kind is Kind.REGRESSION:
        truth = rng.lognormal(1, 0.4, (count, 2))
        return (
            task,
            truth,
            Predictions(None, truth + 0.5 * rng.gamma(2, 0.3, (count, 2)), "numbers"),
        )
    if kind is Kind.MULTILABEL:
        truth = (rng.random((count, 3)) < [0.5, 0.2, 0.1]).astype(np.int64)
        values = 1 / (1 + np.exp(-(3 * truth - 1.5 + 1.5 * rng.standard_normal((count, 3)))))
        return task, truth, Predictions((values > 0.5).astype(np.int64), values, "probabilities")
    shares = [0.7, 0.3] if kind is Kind.BINARY else [0.4, 0.3, 0.2, 0.1]
    truth = rng.choice(len(shares), count, p=shares)
    logits = 2.0 * np.eye(len(shares))[truth] + rng.standard_normal((count, len(shares)))
    values = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = values.argmax(axis=1)
    given = values[:, [0]] if kind is Kind.BINARY else values
    return task, truth, Predictions(labels, given.round(3), "probabilities")


def exact(metric, task, truth, predictions, weights):
    """The score of each resample, computed anew from the examples as often as they were drawn."""
    found = []
    for draw in weights:
        rows = np.repeat(np.arange(len(truth)), draw)
        found.append(metric.score(metric.compute(task, truth[rows], predictions.part(rows))))
    return np.array(found)


def drawn(count=N, draws=DRAWS):
    return np.random.default_rng(1).multinomial(count, np.full(count, 1 / count), draws)


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_resamples_agree_with_the_exact_bootstrap(name, kind):
    metric = catalogue.metric(name)
    task, truth, predictions = example(kind)
    found = influence(metric, task, truth, predictions, units(N, 1))
    weights = drawn()
    wanted = exact(metric, task, truth, predictions, weights)
    linear = found.score + found.moved(weights @ found.values / N)
    least, off = ROUGHER.get(name, (0.998, 0.02))
    assert np.corrcoef(linear, wanted)[0, 1] > least
    assert np.std(linear) == pytest.approx(np.std(wanted), rel=off)
    assert found.score == metric.score(metric.compute(task, truth, predictions))


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_what_examples_do_sums_to_nothing(name, kind):
    found = influence(catalogue.metric(name), *example(kind), units(N, 1))
    assert np.abs(found.values.sum(axis=0)).max() < 1e-8 * N
    assert found.moved(np.zeros((1, found.values.shape[1]))) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_a_perfect_file_never_moves(name, kind):
    metric = catalogue.metric(name)
    task, truth, _ = example(kind)
    if kind is Kind.REGRESSION:
        perfect = Predictions(None, truth, "numbers")
    elif kind is Kind.MULTILABEL:
        perfect = Predictions(truth, truth.astype(float), "probabilities")
    else:
        values = np.eye(len(task.classes))[truth]
        given = values[:, [task.positive]] if kind is Kind.BINARY else values
        perfect = Predictions(truth, given, "probabilities")
    found = influence(metric, task, truth, perfect, units(N, 1))
    moved = found.moved(drawn(draws=20) @ found.values / N)
    if name == "f1_samples":  # an example without labels counts as 0, however well it is predicted
        return
    if name == "jaccard_samples":
        return
    assert np.abs(moved).max() < 1e-12


@pytest.mark.parametrize(("name", "kind"), EVERY)
def test_two_examples_are_no_trouble(name, kind):
    task, truth, predictions = example(kind)
    rows = np.array([np.flatnonzero(truth.reshape(N, -1)[:, 0] == k)[0] for k in (0, 1)]) \
        if kind is not Kind.REGRESSION else np.array([0, 1])  # fmt: skip
    if name == "roc_auc_ovr":
        task = Task(Kind.MULTICLASS, ("a", "b"))
        predictions = Predictions(predictions.classes % 2, predictions.values[:, :2], "scores")
    found = influence(
        catalogue.metric(name), task, truth[rows], predictions.part(rows), units(2, 1)
    )
    assert np.isfinite(found.values).all()


class TestMetricsOfWhichNothingIsKnown:
    """An operator's own, such as the 90th percentile of the error; no mean over examples."""

    @pytest.fixture
    def metric(self):
        def compute(task, truth, predictions):
            errors = np.abs(truth - predictions.values)[:, 0]
            return float(np.sqrt((errors**3).mean()))

        known = catalogue.metric("neg_median_absolute_error")
        return replace(known, name="neg_own", compute=compute, per_example=None)

    def test_are_known_by_leaving_parts_out(self, metric):
        assert is_by_leaving_out(metric)
        task, truth, predictions = example(Kind.REGRESSION)
        parts = units(N, 1, most=MOST_LEFT_OUT)
        found = influence(metric, task, truth, predictions, parts)
        # Whole units are drawn: within one, every example moves the figure alike.
        weights = np.random.default_rng(2).multinomial(100, np.full(100, 0.01), DRAWS)
        weights = weights[:, parts.number]
        wanted = exact(metric, task, truth, predictions, weights)
        linear = found.score + found.moved(weights @ found.values / N)
        assert np.corrcoef(linear, wanted)[0, 1] > 0.98
        assert np.std(linear) == pytest.approx(np.std(wanted), rel=0.1)

    def test_only_they_are(self):
        assert not any(is_by_leaving_out(one) for one in SHIPPED)
