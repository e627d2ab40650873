"""Few points that say the same as all: areas, counts, ends."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from heldout_server.runs.practice_curves import (
    MOST_PAIRS,
    MOST_POINTS,
    MOST_WORST,
    practice_curves,
)
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions

SPAM = Task(Kind.BINARY, ("fine", "spam"))
PRICES = Task(Kind.REGRESSION, (), ("price",))
PRICE_AND_AREA = Task(Kind.REGRESSION, (), ("price", "area"))
TAGS = Task(Kind.MULTILABEL, (), ("red", "round", "new"))


def two_classes(n: int, levels: int | None = None) -> tuple[Any, Any]:
    dice = np.random.default_rng(8)
    truth = (dice.random(n) < 0.3).astype(np.int64)
    values = dice.normal(truth, 1.0)
    return truth, values if levels is None else np.round(values * levels) / levels


def drawn(task: Task, truth: Any, values: Any, labels: Any = None) -> dict[str, Any]:
    values = np.asarray(values, np.float64).reshape(len(truth), -1)
    if labels is None and task.kind is Kind.BINARY:
        labels = (values[:, 0] > 0.5).astype(np.int64)
    output = "numbers" if task.kind is Kind.REGRESSION else "scores"
    found = practice_curves(task, truth, Predictions(labels, values, output))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


class TestBinary:
    @pytest.mark.parametrize("levels", [None, 2])
    def test_the_area_is_that_of_all_points(self, levels: int | None) -> None:
        truth, values = two_classes(120, levels)
        roc = np.array(drawn(SPAM, truth, values)["roc"])
        area = reference.auc(roc[:, 0], roc[:, 1])
        assert area == pytest.approx(reference.roc_auc_score(truth, values), abs=1e-5)
        assert roc[0].tolist() == [0, 0]
        assert roc[-1].tolist() == [1, 1]

    def test_many_are_thinned_and_keep_the_shape(self) -> None:
        truth, values = two_classes(20_000)
        found = drawn(SPAM, truth, values)
        roc = np.array(found["roc"])
        assert len(roc) <= MOST_POINTS
        assert len(found["precision_recall"]) <= MOST_POINTS
        area = reference.auc(roc[:, 0], roc[:, 1])
        assert area == pytest.approx(reference.roc_auc_score(truth, values), abs=2e-3)

    def test_every_precision_is_one_that_a_threshold_gives(self) -> None:
        truth, values = two_classes(80)
        precision, recall, _ = reference.precision_recall_curve(truth, values)
        possible = {(round(r, 4), round(p, 4)) for r, p in zip(recall, precision, strict=True)}
        found = drawn(SPAM, truth, values)["precision_recall"]
        assert {(round(r, 4), round(p, 4)) for r, p in found} <= possible
        assert found[-1][0] == 1

    def test_the_positive_class_may_be_the_first(self) -> None:
        truth, values = two_classes(60)
        turned = Task(Kind.BINARY, ("spam", "fine"), positive=0)
        assert drawn(turned, 1 - truth, values)["roc"] == drawn(SPAM, truth, values)["roc"]

    @pytest.mark.parametrize("truth", [[1, 1, 1], [0, 0, 0]])
    def test_nothing_of_one_class_alone(self, truth: list[int]) -> None:
        assert drawn(SPAM, np.array(truth), [0.1, 0.5, 0.9]) == {}

    def test_nothing_of_labels_alone(self) -> None:
        truth = np.array([0, 1])
        assert practice_curves(SPAM, truth, Predictions(truth, None, "labels")) == {}


class TestRegression:
    def test_all_pairs_of_few(self) -> None:
        truth = np.array([[3.0], [1.0], [2.0]])
        (output,) = drawn(PRICES, truth, [3.5, 1.0, 1.0])["outputs"]
        assert output["pairs"] == [[1, 1], [2, 1], [3, 3.5]]
        assert sum(output["counts"]) == 3
        assert output["edges"][0] == -1 == -output["edges"][-1]

    def test_the_same_sample_of_many_with_both_ends(self) -> None:
        truth = np.random.default_rng(2).normal(size=(5_000, 1))
        one, two = (drawn(PRICES, truth, truth + shift)["outputs"][0] for shift in (0.5, -1.0))
        assert len(one["pairs"]) <= MOST_PAIRS
        assert [true for true, _ in one["pairs"]] == [true for true, _ in two["pairs"]]
        assert one["pairs"][0][0] == pytest.approx(truth.min(), rel=1e-5)
        assert one["pairs"][-1][0] == pytest.approx(truth.max(), rel=1e-5)
        assert sum(one["counts"]) == 5_000, "all residuals are counted"

    def test_the_worst_are_measured_by_each_outputs_spread(self) -> None:
        truth = np.array([[100.0, 1.0], [200.0, 2.0], [300.0, 3.0], [400.0, 4.0]])
        said = truth + np.array([[5.0, 0], [0, 0.9], [0, 0], [30.0, 0]])
        worst = drawn(PRICE_AND_AREA, truth, said)["worst"]
        assert worst == [[1, 1, 2, 2.9], [3, 0, 400, 430], [0, 0, 100, 105]]

    def test_no_more_than_a_page_lists(self) -> None:
        truth = np.arange(100.0).reshape(-1, 1)
        assert len(drawn(PRICES, truth, truth + 1)["worst"]) == MOST_WORST

    def test_a_constant_truth_that_is_hit_does_no_harm(self) -> None:
        found = drawn(PRICES, np.full((5, 1), 7.0), np.full(5, 7.0))
        assert found["worst"] == []
        assert sum(found["outputs"][0]["counts"]) == 5

    def test_many_outputs_stay_small(self) -> None:
        task = Task(Kind.REGRESSION, (), tuple(f"y{k}" for k in range(64)))
        truth = np.random.default_rng(2).normal(size=(2_000, 64))
        assert len(json.dumps(drawn(task, truth, truth * 0.5))) < 300_000


class TestMultilabel:
    TRUTH = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0]])
    SAID = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 0, 0]])

    def test_every_label_as_scikit_learn_has_it(self) -> None:
        found = drawn(TAGS, self.TRUTH, self.SAID, self.SAID)["labels"]
        precision, recall, f1, examples = reference.precision_recall_fscore_support(
            self.TRUTH, self.SAID, zero_division=0
        )
        for k, label in enumerate(found):
            shares = (label["precision"], label["recall"], label["f1"])
            assert shares == pytest.approx((precision[k], recall[k], f1[k]), rel=1e-5)
            assert label["examples"] == examples[k]

    def test_names_what_was_missed_and_what_was_too_many(self) -> None:
        assert drawn(TAGS, self.TRUTH, self.SAID, self.SAID)["wrong"] == [
            [0, [2], []],
            [2, [1], [2]],
        ]


def test_of_several_classes_the_confusion_is_enough() -> None:
    labels = np.array([0, 1, 2])
    task = Task(Kind.MULTICLASS, ("a", "b", "c"))
    assert practice_curves(task, labels, Predictions(labels, None, "labels")) == {}
