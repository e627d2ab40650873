"""A constant and a linear model of every kind of task."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import datasets

from heldout_server.baselines import simple_models
from heldout_server.baselines.simple_models import constant, linear
from heldout_server.tasks.catalogue import METRICS, for_kind
from heldout_server.tasks.kinds import Kind, Task

CANCER = Task(Kind.BINARY, ("malignant", "benign"), positive=0)
WINE = Task(Kind.MULTICLASS, ("a", "b", "c"))
LABELS = Task(Kind.MULTILABEL, targets=("rain", "wind"))
DIABETES = Task(Kind.REGRESSION, targets=("progression",))
SEVERAL = Task(Kind.REGRESSION, targets=("one", "two"))
TASKS = (CANCER, WINE, LABELS, DIABETES, SEVERAL)


def data_of(task: Task) -> tuple[Any, Any]:
    generator = np.random.default_rng(1)
    if task is CANCER:
        return datasets.load_breast_cancer(return_X_y=True)
    if task is WINE:
        return datasets.load_wine(return_X_y=True)
    x, y = datasets.load_diabetes(return_X_y=True)
    if task is DIABETES:
        return x, y[:, None]
    if task is SEVERAL:
        return x, np.column_stack([y, 1000 + y**2])
    return x, np.column_stack([y > 150, x[:, 1] + generator.normal(0, 0.02, len(y)) > 0.01]) * 1


def halves(task: Task) -> tuple[Any, Any, Any, Any]:
    x, y = data_of(task)
    order = np.random.default_rng(2).permutation(len(x))
    train, test = order[::2], order[1::2]
    return x[train], y[train], x[test], y[test]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.kind}{task.width}")
class TestEveryKind:
    def test_every_metric_can_be_computed_of_both(self, task: Task) -> None:
        x_train, y_train, x_test, y_test = halves(task)
        fitted = linear(task, x_train, y_train, x_test)
        for metric in for_kind(task.kind):
            dull = constant(task, metric, y_train, len(y_test))
            figures = [metric.compute(task, y_test, one) for one in (dull, fitted)]
            assert np.isfinite(figures).all(), metric.name
            assert metric.score(figures[1]) > metric.score(figures[0]), metric.name

    def test_the_same_every_time(self, task: Task) -> None:
        x_train, y_train, x_test, _ = halves(task)
        first, second = (linear(task, x_train, y_train, x_test) for _ in range(2))
        np.testing.assert_array_equal(first.values, second.values)

    def test_many_rows_are_predicted_piece_by_piece(
        self, task: Task, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        x_train, y_train, x_test, _ = halves(task)
        monkeypatch.setattr(simple_models, "MOST_NUMBERS", 100 * x_train.shape[1])
        parts = linear(task, x_train, y_train, x_test)
        one_by_one = [linear(task, x_train, y_train, x_test[[row]]).values for row in (0, -1)]
        assert len(parts) == len(x_test)
        np.testing.assert_allclose(parts.values[[0, -1]], np.concatenate(one_by_one), rtol=1e-6)

    def test_nothing_to_predict_is_nothing(self, task: Task) -> None:
        x_train, y_train, x_test, _ = halves(task)
        assert len(linear(task, x_train, y_train, x_test[:0])) == 0
        assert len(constant(task, for_kind(task.kind)[0], y_train, 0)) == 0


class TestConstant:
    def test_is_the_most_frequent_class_with_the_shares(self) -> None:
        found = constant(WINE, METRICS["accuracy"], np.array([2, 1, 2, 2]), 3)
        assert found.classes.tolist() == [2, 2, 2]
        assert found.values.tolist() == [[0, 0.25, 0.75]] * 3

    def test_binary_gives_the_share_of_the_positive_class(self) -> None:
        found = constant(CANCER, METRICS["accuracy"], np.array([0, 1, 1, 1]), 2)
        assert (found.classes.tolist(), found.values.tolist()) == ([1, 1], [[0.25], [0.25]])

    @pytest.mark.parametrize(
        ("name", "number"),
        [
            ("neg_root_mean_squared_error", 4.0),
            ("r2", 4.0),
            ("neg_mean_absolute_error", 3.0),
            ("neg_median_absolute_error", 3.0),
            ("neg_mean_absolute_percentage_error", 3.0),
            ("neg_mean_squared_log_error", (2 * 4 * 9) ** (1 / 3) - 1),
        ],
    )
    def test_the_middle_depends_on_the_metric(self, name: str, number: float) -> None:
        found = constant(DIABETES, METRICS[name], np.array([[1.0], [3.0], [8.0]]), 2)
        assert found.values[:, 0] == pytest.approx([number] * 2)


class TestLinear:
    def test_takes_images(self) -> None:
        digits = datasets.load_digits()
        task = Task(Kind.MULTICLASS, tuple("0123456789"))
        images, labels = digits.images.astype(np.uint8), digits.target
        found = linear(task, images[:900], labels[:900], images[900:])
        assert (found.classes == labels[900:]).mean() > 0.85

    def test_numbers_stay_within_what_was_seen(self) -> None:
        x = np.arange(10.0)[:, None]
        found = linear(DIABETES, x, x + 1, np.array([[-100.0], [4.0], [100.0]]))
        assert found.values[:, 0] == pytest.approx([1, 5, 10], rel=0.05)

    def test_what_is_no_number_counts_as_the_mean(self) -> None:
        x = np.array([[0.0], [1.0], [np.nan], [2.0], [np.inf], [1.0]])
        found = linear(DIABETES, x, np.arange(6.0)[:, None], np.array([[1.0], [np.nan]]))
        assert found.values[0] == pytest.approx(found.values[1])

    def test_a_number_that_never_varies_is_no_fault(self) -> None:
        x_train, y_train, x_test, _ = halves(CANCER)
        x_train[:, 0] = x_test[:, 0] = 7.0
        assert np.isfinite(linear(CANCER, x_train, y_train, x_test).values).all()

    def test_a_class_without_training_examples_has_no_probability(self) -> None:
        x_train, y_train, x_test, _ = halves(CANCER)
        found = linear(WINE, x_train, y_train * 2, x_test)
        assert (found.values[:, 1] == 0).all()
        assert found.values.sum(axis=1) == pytest.approx(np.ones(len(x_test)))

    def test_a_label_that_all_have_is_predicted_for_all(self) -> None:
        x = np.random.default_rng(1).normal(size=(20, 2))
        labels = np.column_stack([np.ones(20), x[:, 0] > 0]).astype(np.int64)
        found = linear(LABELS, x, labels, x)
        assert found.values[:, 0].tolist() == [1.0] * 20
        assert (found.classes[:, 1] == labels[:, 1]).mean() > 0.8
