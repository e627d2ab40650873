"""Every metric against scikit-learn's, on random data of every kind and type."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from heldout_server.tasks.catalogue import METRICS, for_kind, metric
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric, Needs, Undefined, Unit, Unsuitable
from heldout_server.tasks.predictions import Predictions
from heldout_server.tasks.probabilities import sigmoid, smallest_probability, softmax
from heldout_server.tasks.shipped import SHIPPED

Numbers = np.ndarray[Any, Any]
BINARY = Task(Kind.BINARY, ("ham", "spam"))
TURNED = Task(Kind.BINARY, ("malignant", "benign"), positive=0)
MULTICLASS = Task(Kind.MULTICLASS, ("Adelie", "Chinstrap", "Gentoo", "King"))
MULTILABEL = Task(Kind.MULTILABEL, targets=("rain", "wind", "snow"))
ONE_NUMBER = Task(Kind.REGRESSION, targets=("price",))
NUMBERS = Task(Kind.REGRESSION, targets=("length", "depth", "mass"))
TASKS = (BINARY, TURNED, MULTICLASS, MULTILABEL, ONE_NUMBER, NUMBERS)
DTYPES = (np.float32, np.float64)
CASES = [(task, one.name) for task in TASKS for one in for_kind(task.kind)]
MEANS = [(task, name) for task, name in CASES if METRICS[name].per_example is not None]
OF_LABELS = [(task, name) for task, name in CASES if METRICS[name].needs is Needs.LABELS]
OF_VALUES = [
    (task, name)
    for task, name in CASES
    if METRICS[name].needs in (Needs.SCORES, Needs.PROBABILITIES)
]


def called(case: Any) -> str:
    if isinstance(case, Task):
        return f"{case.kind}{case.width if case.kind is Kind.REGRESSION else case.positive}"
    return str(getattr(case, "__name__", case))


def truth_of(task: Task, generator: np.random.Generator, n: int) -> Numbers:
    if task.kind is Kind.REGRESSION:
        return generator.gamma(2.0, 30.0, (n, task.width))
    if task.kind is Kind.MULTILABEL:
        return (generator.random((n, task.width)) < [0.5, 0.3, 0.1]).astype(np.int64)
    shares = np.arange(1, len(task.classes) + 1) / np.arange(1, len(task.classes) + 1).sum()
    return generator.choice(len(task.classes), n, p=shares)


def predictions_of(
    task: Task, truth: Numbers, dtype: Any, generator: np.random.Generator, *, ties: bool = False
) -> Predictions:
    """Better than chance, far from perfect; with `ties` the values are of a coarse grid."""
    n = len(truth)
    if task.kind is Kind.REGRESSION:
        numbers = np.abs(truth + generator.normal(0, 20, truth.shape))
        return Predictions(None, (numbers.round(-1) if ties else numbers).astype(dtype), "numbers")
    noise = generator.normal(size=(n, task.width))
    if task.kind is Kind.MULTICLASS:
        noise[np.arange(n), truth] += 1
        rows = softmax(noise)
        if ties:
            coarse = 1 + generator.integers(0, 3, noise.shape)
            rows = coarse / coarse.sum(axis=1, keepdims=True)
        return Predictions(rows.argmax(axis=1), rows.astype(dtype), "probabilities")
    wanted = truth if task.kind is Kind.MULTILABEL else (truth == task.positive)[:, None]
    rows = sigmoid(noise + wanted * 2 - 1)
    rows = (rows.round(1) if ties else rows).astype(dtype)
    labels = (rows >= 0.5).astype(np.int64)
    if task.kind is Kind.BINARY:
        labels = np.where(rows[:, 0] >= 0.5, task.positive, 1 - task.positive)
    return Predictions(labels, rows, "probabilities")


def by_scikit_learn(name: str, task: Task, truth: Numbers, given: Predictions) -> float:
    """The figure as scikit-learn has it: on the same numbers in double precision, clipped where it
    clips their own type.
    """
    labels = given.labels
    values = None if given.values is None else given.values.astype(np.float64)
    if task.kind is Kind.BINARY:
        truth, labels = truth == task.positive, labels == task.positive
        values = None if values is None else values[:, 0]
    every = [0, 1] if task.kind is Kind.BINARY else np.arange(len(task.classes))
    smallest = 0.0 if given.values is None else smallest_probability(given.values)
    functions = {
        "accuracy": lambda: reference.accuracy_score(truth, labels),
        "balanced_accuracy": lambda: reference.balanced_accuracy_score(truth, labels),
        "f1": lambda: reference.f1_score(truth, labels),
        "roc_auc": lambda: reference.roc_auc_score(truth, values),
        "neg_brier_score": lambda: reference.brier_score_loss(truth, values),
        "matthews_corrcoef": lambda: reference.matthews_corrcoef(truth, labels),
        "f1_macro": lambda: reference.f1_score(truth, labels, average="macro"),
        "f1_micro": lambda: reference.f1_score(truth, labels, average="micro"),
        "f1_samples": lambda: reference.f1_score(truth, labels, average="samples"),
        "recall_macro": lambda: reference.recall_score(truth, labels, average="macro"),
        "top_k_accuracy": lambda: reference.top_k_accuracy_score(truth, values, labels=every),
        "average_precision": lambda: reference.average_precision_score(truth, values),
        "neg_log_loss": lambda: reference.log_loss(
            truth, np.clip(values, smallest, 1 - smallest), labels=every
        ),
        "roc_auc_ovr": lambda: reference.roc_auc_score(
            truth, given.values, multi_class="ovr", labels=every
        ),
        "cohen_kappa": lambda: reference.cohen_kappa_score(truth, labels),
        "jaccard_samples": lambda: reference.jaccard_score(truth, labels, average="samples"),
        "neg_hamming_loss": lambda: reference.hamming_loss(truth, labels),
        "neg_root_mean_squared_error": lambda: reference.root_mean_squared_error(truth, values),
        "neg_mean_absolute_error": lambda: reference.mean_absolute_error(truth, values),
        "neg_mean_squared_log_error": lambda: reference.mean_squared_log_error(truth, values),
        "neg_median_absolute_error": lambda: reference.median_absolute_error(truth, values),
        "neg_mean_absolute_percentage_error": lambda: reference.mean_absolute_percentage_error(
            truth, values
        ),
        "r2": lambda: reference.r2_score(truth, values),
    }  # fmt: skip
    with warnings.catch_warnings():
        # It warns of 0 / 0, of absent classes, and of sums that float32 rounds.
        warnings.simplefilter("ignore")
        return float(functions[name]())


def assert_equal(one: Metric, task: Task, truth: Numbers, given: Predictions) -> None:
    found = one.compute(task, truth, given)
    wanted = by_scikit_learn(one.name, task, truth, given)
    assert type(found) is float
    assert found == pytest.approx(wanted, rel=1e-12, abs=1e-12)
    assert one.lowest <= found <= one.highest


@pytest.mark.parametrize("dtype", DTYPES, ids=called)
@pytest.mark.parametrize(("task", "name"), CASES, ids=called)
class TestAgreesWithScikitLearn:
    @pytest.mark.parametrize("seed", range(3))
    def test_on_random_data(self, task: Task, name: str, dtype: Any, seed: int) -> None:
        generator = np.random.default_rng(seed)
        truth = truth_of(task, generator, 400)
        assert_equal(METRICS[name], task, truth, predictions_of(task, truth, dtype, generator))

    def test_with_many_equal_values(self, task: Task, name: str, dtype: Any) -> None:
        generator = np.random.default_rng(7)
        truth = truth_of(task, generator, 300)
        given = predictions_of(task, truth, dtype, generator, ties=True)
        assert_equal(METRICS[name], task, truth, given)

    def test_where_everything_is_right(self, task: Task, name: str, dtype: Any) -> None:
        generator = np.random.default_rng(8)
        truth = truth_of(task, generator, 300)
        assert_equal(METRICS[name], task, truth, perfect(task, truth, dtype))

    def test_where_the_model_is_constant(self, task: Task, name: str, dtype: Any) -> None:
        generator = np.random.default_rng(9)
        truth = truth_of(task, generator, 300)
        given = predictions_of(task, truth, dtype, generator)
        rows = np.zeros(300, np.intp)
        assert_equal(METRICS[name], task, truth, given.part(rows))

    def test_on_very_few_examples(self, task: Task, name: str, dtype: Any) -> None:
        """Classes are missing from truth, predictions or both."""
        compared = 0
        for seed in range(20):
            generator = np.random.default_rng(seed)
            truth = truth_of(task, generator, 4)
            given = predictions_of(task, truth, dtype, generator)
            try:
                METRICS[name].compute(task, truth, given)
            except Undefined:
                continue
            assert_equal(METRICS[name], task, truth, given)
            compared += 1
        assert compared or name == "roc_auc_ovr"


@pytest.mark.parametrize("dtype", DTYPES, ids=called)
@pytest.mark.parametrize(("task", "name"), MEANS, ids=called)
def test_what_examples_contribute_averages_to_it(task: Task, name: str, dtype: Any) -> None:
    one = METRICS[name]
    assert one.per_example is not None
    generator = np.random.default_rng(10)
    truth = truth_of(task, generator, 300)
    given = predictions_of(task, truth, dtype, generator)
    each = one.per_example(task, truth, given)
    assert (each.shape, each.dtype) == ((300,), np.float64)
    mean = each.mean() ** (0.5 if "root" in name else 1)
    assert mean == pytest.approx(one.compute(task, truth, given), rel=1e-12)


def perfect(task: Task, truth: Numbers, dtype: Any) -> Predictions:
    if task.kind is Kind.REGRESSION:
        # float32 can't hold every float64: these it can.
        return Predictions(None, truth.astype(dtype), "numbers")
    if task.kind is Kind.MULTICLASS:
        return Predictions(truth, np.eye(task.width, dtype=dtype)[truth], "probabilities")
    if task.kind is Kind.BINARY:
        return Predictions(truth, (truth == task.positive)[:, None].astype(dtype), "probabilities")
    return Predictions(truth, truth.astype(dtype), "probabilities")


class TestLogLoss:
    def test_is_near_what_scikit_learn_says_in_single_precision(self) -> None:
        generator = np.random.default_rng(1)
        truth = truth_of(MULTICLASS, generator, 2000)
        given = predictions_of(MULTICLASS, truth, np.float32, generator)
        found = METRICS["neg_log_loss"].compute(MULTICLASS, truth, given)
        assert found == pytest.approx(reference.log_loss(truth, given.values), rel=1e-5)

    @pytest.mark.parametrize("dtype", DTYPES, ids=called)
    @pytest.mark.parametrize("task", [BINARY, TURNED, MULTICLASS], ids=called)
    def test_certain_and_wrong_costs_what_the_type_can_hold(self, task: Task, dtype: Any) -> None:
        truth = np.zeros(1, np.int64)
        given = perfect(task, 1 - truth, dtype)
        found = METRICS["neg_log_loss"].compute(task, truth, given)
        assert found == pytest.approx(-np.log(np.finfo(dtype).eps), rel=1e-12)

    def test_rows_of_ones_gain_nothing(self) -> None:
        given = Predictions(np.zeros(3, np.int64), np.ones((3, 4)), "probabilities")
        found = METRICS["neg_log_loss"].compute(MULTICLASS, np.arange(3), given)
        assert found == pytest.approx(np.log(4))


@pytest.mark.parametrize(
    ("task", "name"),
    OF_VALUES,
    ids=called,
)
def test_logits_are_those_of_their_probabilities(task: Task, name: str) -> None:
    generator = np.random.default_rng(4)
    truth = truth_of(task, generator, 200)
    logits = generator.normal(0, 3, (200, task.width))
    through = softmax(logits) if task.kind is Kind.MULTICLASS else sigmoid(logits)
    labels = np.zeros_like(truth)
    figures = [
        METRICS[name].compute(task, truth, Predictions(labels, logits, "logits")),
        METRICS[name].compute(task, truth, Predictions(labels, through, "probabilities")),
    ]
    assert figures[0] == pytest.approx(figures[1], rel=1e-12)


class TestSquaredPerExample:
    def test_of_one_output_it_is_the_squared_error(self) -> None:
        truth, given = np.array([[1.0], [5.0]]), np.array([[4.0], [5.0]])
        each = metric("neg_root_mean_squared_error").per_example
        assert each is not None
        found = each(ONE_NUMBER, truth, Predictions(None, given, "numbers"))
        assert found.tolist() == [9.0, 0.0]

    def test_an_output_without_errors_adds_nothing(self) -> None:
        truth = np.zeros((2, 3))
        given = np.array([[2.0, 0, 0], [2.0, 0, 0]])
        each = metric("neg_root_mean_squared_error").per_example
        assert each is not None
        found = each(NUMBERS, truth, Predictions(None, given, "numbers"))
        assert found == pytest.approx([(2 / 3) ** 2] * 2)


class TestUndefined:
    @pytest.mark.parametrize(
        ("name", "task", "truth"),
        [
            ("roc_auc", BINARY, [1, 1]),
            ("roc_auc", BINARY, [0, 0]),
            ("average_precision", BINARY, [0, 0]),
            ("average_precision", MULTILABEL, [[0, 0, 0], [0, 0, 0]]),
            ("roc_auc_ovr", MULTICLASS, [0, 1, 2, 1]),
            ("top_k_accuracy", Task(Kind.MULTICLASS, ("a", "b")), [0, 1]),
            ("cohen_kappa", MULTICLASS, [2, 2]),
            ("r2", ONE_NUMBER, [[3.0]]),
            ("neg_mean_squared_log_error", ONE_NUMBER, [[3.0], [-1.0]]),
        ],
    )
    def test_says_what_the_examples_lack(self, name: str, task: Task, truth: Any) -> None:
        wanted = np.array(truth)
        labels = None if task.kind is Kind.REGRESSION else wanted
        values = np.full((len(wanted), task.width), 0.5)
        output = "numbers" if labels is None else "probabilities"
        with pytest.raises(Undefined, match="need"):
            METRICS[name].compute(task, wanted, Predictions(labels, values, output))

    @pytest.mark.parametrize(("task", "name"), CASES, ids=called)
    def test_no_example_has_no_figure(self, task: Task, name: str) -> None:
        truth = truth_of(task, np.random.default_rng(1), 3)
        given = predictions_of(task, truth, np.float64, np.random.default_rng(1))
        none = np.zeros(3, np.bool_)
        with pytest.raises(Undefined, match="no example"):
            METRICS[name].compute(task, truth[none], given.part(none))

    def test_a_label_that_no_example_has_counts_as_nothing(self) -> None:
        truth = np.array([[1, 0, 0], [0, 0, 0]])
        given = Predictions(truth, np.array([[0.9, 0.1, 0.1], [0.2, 0.1, 0.1]]), "probabilities")
        found = METRICS["average_precision"].compute(MULTILABEL, truth, given)
        assert found == pytest.approx(1 / 3)


class TestUnsuitable:
    @pytest.mark.parametrize(("task", "name"), OF_LABELS, ids=called)
    def test_labels_alone_do_for_what_needs_labels(self, task: Task, name: str) -> None:
        truth = truth_of(task, np.random.default_rng(1), 50)
        given = Predictions(truth, None, "labels")
        wanted = by_scikit_learn(name, task, truth, given)
        assert METRICS[name].compute(task, truth, given) == wanted

    @pytest.mark.parametrize(("task", "name"), OF_VALUES, ids=called)
    def test_labels_alone_do_not_do_for_the_others(self, task: Task, name: str) -> None:
        truth = truth_of(task, np.random.default_rng(1), 50)
        given = Predictions(truth, None, "labels")
        with pytest.raises(Unsuitable, match=r"needs prob.*, and this file has labels alone\.$"):
            METRICS[name].compute(task, truth, given)

    def test_names_the_metric_as_people_do(self) -> None:
        given = Predictions(np.array([0, 1]), None, "labels")
        with pytest.raises(Unsuitable) as refused:
            METRICS["roc_auc"].compute(BINARY, np.array([0, 1]), given)
        assert str(refused.value) == (
            "ROC AUC needs probabilities or scores, and this file has labels alone."
        )

    @pytest.mark.parametrize("name", ["neg_log_loss", "neg_brier_score"])
    def test_scores_are_no_probabilities(self, name: str) -> None:
        given = Predictions(np.array([0, 1]), np.array([[-3.0], [7.0]]), "scores")
        with pytest.raises(Unsuitable, match="scores that are no probabilities"):
            METRICS[name].compute(BINARY, np.array([0, 1]), given)
        assert METRICS["roc_auc"].compute(BINARY, np.array([0, 1]), given) == 1

    def test_a_logarithm_of_nothing_is_refused(self) -> None:
        given = Predictions(None, np.array([[3.0], [-1.0]]), "numbers")
        with pytest.raises(Unsuitable, match="−1 or less"):
            METRICS["neg_mean_squared_log_error"].compute(ONE_NUMBER, np.ones((2, 1)), given)


class TestOurMistakes:
    @pytest.mark.parametrize(
        ("truth", "given"),
        [
            ([0, 1, 1], Predictions(np.array([0, 1]), None, "labels")),
            ([0, 2], Predictions(np.array([0, 1]), None, "labels")),
            ([0, 1], Predictions(np.array([0, -1]), None, "labels")),
            ([0, 1], Predictions(np.array([0, 1]), np.ones((2, 2)), "probabilities")),
            ([0, 1], Predictions(np.array([0, 1]), None, "probabilities")),
            ([[0], [1]], Predictions(np.array([0, 1]), None, "labels")),
        ],
    )
    def test_what_does_not_fit_is_refused(self, truth: Any, given: Predictions) -> None:
        with pytest.raises(ValueError, match=r"shape|class numbers|needs values"):
            METRICS["accuracy"].compute(BINARY, np.array(truth), given)

    def test_a_metric_of_another_kind_is_refused(self) -> None:
        given = Predictions(None, np.ones((2, 1)), "numbers")
        with pytest.raises(ValueError, match="no metric of a regression task"):
            METRICS["accuracy"].compute(ONE_NUMBER, np.ones((2, 1)), given)


class TestFacts:
    @pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.name)
    def test_each_is_complete(self, one: Metric) -> None:
        assert one.is_loss == one.name.startswith("neg_")
        assert one.explained.endswith(".")
        assert one.explained.count(". ") == 0
        assert one.lowest < one.highest
        assert (one.needs is Needs.NUMBERS) == (one.kinds == {Kind.REGRESSION})
        if one.unit is Unit.SHARE and one.name != "neg_mean_absolute_percentage_error":
            assert (one.lowest, one.highest) == (0, 1)

    def test_every_name_but_two_is_a_scorer_of_scikit_learn(self) -> None:
        known = set(reference.get_scorer_names())
        assert set(METRICS) - known == {"neg_hamming_loss", "cohen_kappa"}
