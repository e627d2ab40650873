from __future__ import annotations

import numpy as np
import pytest

from heldout_server.datasets.loaded import DIGITS
from heldout_server.grading.grade import Grades, grade
from heldout_server.grading.splits import Split, stratified_split
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Unsuitable
from heldout_server.tasks.predictions import Predictions

LABELS = np.tile(np.arange(10), 20)
BENIGN = Task(Kind.BINARY, ("malignant", "benign"))


@pytest.fixture
def split() -> Split:
    return Split(stratified_split(LABELS, 0.3, 9), 0.3)


def graded(
    split: Split, predicted: np.ndarray, values: np.ndarray | None = None
) -> dict[str, Grades]:
    output = "labels" if values is None else "probabilities"
    return grade(DIGITS, LABELS, split, Predictions(predicted, values, output), "accuracy")


class TestGrade:
    def test_scores_each_part_by_itself(self, split: Split) -> None:
        found = graded(split, np.where(split.public, LABELS, (LABELS + 1) % 10))
        assert (found["public"].score, found["private"].score) == (1.0, 0.0)

    def test_every_example_counts_in_exactly_one_part(self, split: Split) -> None:
        predicted = np.random.default_rng(1).integers(0, 10, len(LABELS))
        found = graded(split, predicted)
        assert found.keys() == {"public", "private"}
        assert (found["public"].examples, found["private"].examples) == (60, 140)
        errors = found["public"].error_count + found["private"].error_count
        assert errors == (predicted != LABELS).sum()

    def test_ignored_examples_count_in_none(self, split: Split) -> None:
        ignored = ~split.public & (np.arange(200) < 100)
        found = graded(Split(split.public, 0.3, ignored), LABELS)["private"]
        assert found.examples == 140 - ignored.sum() < 140

    def test_values_are_divided_along(self, split: Split) -> None:
        right = np.eye(10, dtype=np.float32)[LABELS]
        found = graded(split, LABELS, np.where(split.public[:, None], right, np.float32(0.1)))
        assert found["public"].details["log_loss"] == pytest.approx(0, abs=1e-5)
        assert found["private"].details["log_loss"] == pytest.approx(np.log(10))

    def test_refuses_arrays_of_different_lengths(self, split: Split) -> None:
        with pytest.raises(ValueError, match=r"200 labels, 200 examples .* 199 predictions"):
            graded(split, LABELS[:-1])


class TestOtherTasks:
    def test_a_loss_is_better_when_its_score_is_higher(self, split: Split) -> None:
        task = Task(Kind.REGRESSION, targets=("price",))
        truth = LABELS[:, None].astype(float)
        rmse = "neg_root_mean_squared_error"
        near, far = (
            grade(task, truth, split, Predictions(None, truth + off, "numbers"), rmse)["public"]
            for off in (0.5, 2)
        )
        assert (near.score, far.score) == (-0.5, -2)
        assert near.figures == {rmse: 0.5}
        assert near.error_count is near.accuracy is None

    def test_further_figures_are_there_where_they_can_be(self, split: Split) -> None:
        truth = LABELS % 2
        labels = Predictions(truth.copy(), None, "labels")
        also = ["f1", "roc_auc"]
        found = grade(BENIGN, truth, split, labels, "accuracy", also)["public"]
        assert found.figures == {"accuracy": 1.0, "f1": 1.0, "roc_auc": None}
        assert found.details["confusion_matrix"] == [[30, 0], [0, 30]]

    def test_what_ranks_has_to_be_there(self, split: Split) -> None:
        truth = LABELS % 2
        with pytest.raises(Unsuitable):
            grade(BENIGN, truth, split, Predictions(truth.copy(), None, "labels"), "roc_auc")
