from __future__ import annotations

import json
import time
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from numpy.typing import NDArray
from sklearn.metrics import log_loss, top_k_accuracy_score

from heldout_server.grading.metrics import (
    MulticlassMetrics,
    mean_log_loss,
    multiclass_metrics,
    top_accuracy,
)
from heldout_server.tasks.probabilities import softmax

Numbers = NDArray[Any]
LARGE = 2.0**100
SMALLEST_PROBABILITY = float(np.finfo(np.float32).eps)
OUTPUT: Any = "probabilities"


def random_case(seed: int, count: int = 500) -> tuple[Numbers, Numbers, Numbers]:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 10, count)
    logits = generator.normal(size=(count, 10)).astype(np.float32)
    logits[np.arange(count), labels] += 1.5
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return labels, logits, probabilities.astype(np.float32)


class TestHandComputed:
    """Three classes, six examples, every figure worked out on paper."""

    labels = np.array([0, 0, 0, 1, 1, 2])
    values = np.array(
        [
            [0.7, 0.2, 0.1],
            [0.5, 0.3, 0.2],
            [0.2, 0.6, 0.2],
            [0.1, 0.8, 0.1],
            [0.6, 0.25, 0.15],
            [0.5, 0.25, 0.25],
        ],
        np.float32,
    )

    @pytest.fixture
    def metrics(self) -> MulticlassMetrics:
        predicted = self.values.argmax(axis=1)
        return multiclass_metrics(self.labels, predicted, self.values, "probabilities", classes=3)

    def test_confusion_matrix_has_true_classes_in_rows(self, metrics: MulticlassMetrics) -> None:
        assert metrics.confusion_matrix == [[2, 1, 0], [1, 1, 0], [1, 0, 0]]

    def test_accuracy_is_three_of_six(self, metrics: MulticlassMetrics) -> None:
        assert (metrics.examples, metrics.accuracy, metrics.error_count) == (6, 0.5, 3)

    def test_recall(self, metrics: MulticlassMetrics) -> None:
        assert metrics.per_class_recall == pytest.approx([2 / 3, 1 / 2, 0])
        assert metrics.macro_recall == pytest.approx((2 / 3 + 1 / 2) / 3)

    def test_precision_of_a_class_never_predicted_is_zero(self, metrics: MulticlassMetrics) -> None:
        assert metrics.macro_precision == pytest.approx((2 / 4 + 1 / 2 + 0) / 3)

    def test_f1(self, metrics: MulticlassMetrics) -> None:
        assert metrics.macro_f1 == pytest.approx((4 / 7 + 1 / 2 + 0) / 3)

    def test_log_loss(self, metrics: MulticlassMetrics) -> None:
        wanted = -np.log([0.7, 0.5, 0.2, 0.8, 0.25, 0.25]).mean()
        assert metrics.log_loss == pytest.approx(wanted, rel=1e-6)

    def test_three_of_three_classes_always_hold_the_right_one(
        self, metrics: MulticlassMetrics
    ) -> None:
        assert metrics.top_3_accuracy == 1.0


class TestIndependentRecomputation:
    """Loops and NumPy from the formulas in the docstring, sharing no code with the module."""

    @pytest.mark.parametrize("seed", range(5))
    def test_every_figure_agrees(self, seed: int) -> None:
        labels, _, values = random_case(seed)
        predicted = values.argmax(axis=1)
        found = multiclass_metrics(labels, predicted, values, "probabilities").to_dict()
        confusion = np.zeros((10, 10), int)
        for label, guess in zip(labels, predicted, strict=True):
            confusion[label, guess] += 1
        hits = confusion.diagonal()
        precision = hits / confusion.sum(axis=0)
        recall = hits / confusion.sum(axis=1)
        in_top = [
            label in sorted(range(10), key=lambda c: (-row[c], c))[:3]
            for label, row in zip(labels, values.tolist(), strict=True)
        ]
        rows = values.astype(np.float64)[np.arange(len(labels)), labels]
        wanted = {
            "examples": 500,
            "accuracy": (labels == predicted).mean(),
            "error_count": (labels != predicted).sum(),
            "top_3_accuracy": np.mean(in_top),
            "log_loss": -np.log(rows).mean(),
            "macro_precision": precision.mean(),
            "macro_recall": recall.mean(),
            "macro_f1": (2 * precision * recall / (precision + recall)).mean(),
            "per_class_recall": recall.tolist(),
        }
        assert found.pop("confusion_matrix") == confusion.tolist()
        assert found.keys() == wanted.keys()
        for name, value in wanted.items():
            assert found[name] == pytest.approx(value, rel=1e-12), name


class TestWhichFiguresExist:
    @pytest.mark.parametrize(
        ("output", "has_top_3", "has_log_loss"),
        [
            ("probabilities", True, True),
            ("logits", True, True),
            ("scores", True, False),
            ("labels", False, False),
        ],
    )
    def test_follows_the_output(self, output: Any, has_top_3: bool, has_log_loss: bool) -> None:
        labels, logits, probabilities = random_case(1)
        values = logits if output == "logits" else probabilities
        found = multiclass_metrics(labels, values.argmax(axis=1), values, output)
        assert (found.top_3_accuracy is not None) == has_top_3
        assert (found.log_loss is not None) == has_log_loss

    def test_labels_need_no_values(self) -> None:
        found = multiclass_metrics(np.array([1, 2]), np.array([1, 3]), None, "labels")
        assert found.accuracy == 0.5

    def test_logits_and_their_softmax_give_the_same_log_loss(self) -> None:
        labels, logits, _ = random_case(2)
        predicted = logits.argmax(axis=1)
        from_logits = multiclass_metrics(labels, predicted, logits, "logits")
        from_softmax = multiclass_metrics(labels, predicted, softmax(logits), "probabilities")
        assert from_logits == from_softmax


class TestEdges:
    def test_a_class_that_never_occurs_is_in_no_average(self) -> None:
        labels = np.array([3, 3, 3])
        found = multiclass_metrics(labels, labels, np.eye(10, dtype=np.float32)[labels], "scores")
        assert found.accuracy == 1.0
        assert found.macro_recall == 1.0
        assert found.per_class_recall == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]

    def test_everything_wrong(self) -> None:
        labels = np.arange(10)
        found = multiclass_metrics(labels, (labels + 1) % 10, None, "labels")
        assert (found.accuracy, found.error_count, found.macro_f1) == (0.0, 10, 0.0)

    def test_a_constant_model_has_chance_everywhere(self) -> None:
        labels = np.tile(np.arange(10), 7)
        values = np.full((70, 10), 0.1, np.float32)
        found = multiclass_metrics(labels, values.argmax(axis=1), values, "probabilities")
        assert found.accuracy == pytest.approx(0.1)
        assert found.top_3_accuracy == pytest.approx(0.3)
        assert found.log_loss == pytest.approx(np.log(10))

    def test_one_example_is_enough(self) -> None:
        found = multiclass_metrics(np.array([4]), np.array([4]), None, "labels")
        assert found.accuracy == 1.0

    @pytest.mark.parametrize(
        ("labels", "predicted", "values", "output"),
        [
            ([], [], None, "labels"),
            ([1, 2], [1], None, "labels"),
            ([1, 10], [1, 2], None, "labels"),
            ([1, 2], [1, -1], None, "labels"),
            ([1, 2], [1, 2], None, "scores"),
            ([1, 2], [1, 2], np.zeros((2, 9)), "scores"),
        ],
    )
    def test_refuses_what_does_not_fit(
        self, labels: list[int], predicted: list[int], values: Numbers | None, output: Any
    ) -> None:
        with pytest.raises(ValueError, match=r"example|\(n,\)|class numbers|needs|shape"):
            multiclass_metrics(
                np.array(labels, np.int64), np.array(predicted, np.int64), values, output
            )


class TestTopAccuracy:
    @given(
        st_numpy.arrays(np.float32, (30, 10), elements=st.integers(0, 3)),
        st_numpy.arrays(np.int64, 30, elements=st.integers(0, 9)),
    )
    def test_top_one_is_argmax_accuracy_and_more_is_never_less(
        self, values: Numbers, labels: Numbers
    ) -> None:
        shares = [top_accuracy(labels, values, top) for top in range(1, 11)]
        assert shares[0] == (values.argmax(axis=1) == labels).mean()
        assert shares == sorted(shares)
        assert shares[-1] == 1.0

    def test_agrees_with_scikit_learn_where_nothing_ties(self) -> None:
        labels, logits, _ = random_case(3)
        wanted = top_k_accuracy_score(labels, logits, k=3, labels=np.arange(10))
        assert top_accuracy(labels, logits, 3) == wanted


class TestMeanLogLoss:
    @settings(max_examples=50)
    @given(st_numpy.arrays(np.float32, (20, 10), elements=st.floats(0, 1, width=32)))
    def test_agrees_with_scikit_learn_on_rows_that_sum_to_one(self, values: Numbers) -> None:
        labels = np.tile(np.arange(10), 2)
        rows = np.clip(values.astype(np.float64), SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        sums = rows.sum(axis=1, keepdims=True)
        rows = np.where(abs(sums - 1) > 1e-3, rows / sums, rows)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "do not sum to one": but for rounding
            wanted = log_loss(labels, rows, labels=np.arange(10))
        assert mean_log_loss(labels, values, OUTPUT) == pytest.approx(wanted, rel=1e-12)

    def test_is_what_scikit_learn_says_at_home_on_float32(self) -> None:
        labels, _, values = random_case(4)
        values /= values.sum(axis=1, keepdims=True)
        values[0] = np.eye(10)[(labels[0] + 1) % 10]
        at_home = log_loss(labels, values)
        assert mean_log_loss(labels, values, OUTPUT) == pytest.approx(at_home, rel=1e-5)

    def test_certain_and_wrong_costs_a_bounded_amount(self) -> None:
        loss = mean_log_loss(np.array([0]), np.eye(10, dtype=np.float32)[[1]], OUTPUT)
        assert loss == pytest.approx(-np.log(SMALLEST_PROBABILITY), rel=1e-6)

    def test_rows_need_not_sum_to_one(self) -> None:
        labels, _, values = random_case(5)
        assert mean_log_loss(labels, values / 2, OUTPUT) == pytest.approx(
            mean_log_loss(labels, values, OUTPUT)
        )

    def test_a_row_of_zeros_is_a_shrug(self) -> None:
        loss = mean_log_loss(np.array([3]), np.zeros((1, 10), np.float32), OUTPUT)
        assert loss == pytest.approx(np.log(10))


class TestSoftmax:
    @given(
        st_numpy.arrays(np.float32, (5, 10), elements=st.floats(-(2.0**100), 2.0**100, width=32))
    )
    def test_sums_to_one_for_any_finite_logits(self, logits: Numbers) -> None:
        rows = softmax(logits)
        assert np.isfinite(rows).all()
        assert rows.sum(axis=1) == pytest.approx(np.ones(5))

    def test_leaves_its_argument_alone(self) -> None:
        logits = np.ones((2, 10))
        softmax(logits)
        assert (logits == 1).all()


class TestToDict:
    def test_survives_json_unchanged(self) -> None:
        labels, _, values = random_case(6)
        found = multiclass_metrics(labels, values.argmax(axis=1), values, "probabilities")
        assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
        assert type(found.accuracy) is float
        assert type(found.per_class_recall[0]) is float
        assert type(found.confusion_matrix[0][0]) is int


class TestSpeed:
    def test_ten_thousand_rows_with_probabilities_take_milliseconds(self) -> None:
        labels, _, values = random_case(7, 10_000)
        predicted = values.argmax(axis=1)
        multiclass_metrics(labels, predicted, values, "probabilities")
        fastest = min(self.seconds(labels, predicted, values) for _ in range(7))
        assert fastest < 0.030

    def seconds(self, labels: Numbers, predicted: Numbers, values: Numbers) -> float:
        start = time.process_time()
        for half in (slice(5000), slice(5000, None)):
            multiclass_metrics(labels[half], predicted[half], values[half], "probabilities")
        return time.process_time() - start


class TestManyClasses:
    def test_have_no_table_of_a_million_numbers(self) -> None:
        labels = np.tile(np.arange(1000), 3)
        found = multiclass_metrics(labels, labels, None, "labels", classes=1000)
        assert found.confusion_matrix is None
        assert len(json.dumps(found.to_dict())) < 20_000
        few = multiclass_metrics(labels % 100, labels % 100, None, "labels", classes=100)
        assert few.confusion_matrix is not None
