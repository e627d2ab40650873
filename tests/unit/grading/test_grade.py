from __future__ import annotations

import numpy as np
import pytest

from heldout_server.grading.grade import grade
from heldout_server.grading.splits import Split, stratified_split

LABELS = np.tile(np.arange(10), 20)


@pytest.fixture
def split() -> Split:
    return Split(public=stratified_split(LABELS, 0.3, 9), public_fraction=0.3)


class TestGrade:
    def test_scores_each_part_by_itself(self, split: Split) -> None:
        predicted = np.where(split.public, LABELS, (LABELS + 1) % 10)
        found = grade(LABELS, split, predicted, None, "labels")
        assert (found["public"].accuracy, found["private"].accuracy) == (1.0, 0.0)

    def test_every_example_counts_in_exactly_one_part(self, split: Split) -> None:
        generator = np.random.default_rng(1)
        predicted = generator.integers(0, 10, len(LABELS))
        found = grade(LABELS, split, predicted, None, "labels")
        assert found.keys() == {"public", "private"}
        assert (found["public"].examples, found["private"].examples) == (60, 140)
        errors = found["public"].error_count + found["private"].error_count
        assert errors == (predicted != LABELS).sum()

    def test_values_are_divided_along(self, split: Split) -> None:
        right = np.eye(10, dtype=np.float32)[LABELS]
        values = np.where(split.public[:, None], right, np.float32(0.1))
        found = grade(LABELS, split, LABELS, values, "probabilities")
        assert found["public"].log_loss == pytest.approx(0, abs=1e-5)
        assert found["private"].log_loss == pytest.approx(np.log(10))

    def test_refuses_arrays_of_different_lengths(self, split: Split) -> None:
        with pytest.raises(ValueError, match=r"200 labels, 200 examples .* 199 predictions"):
            grade(LABELS, split, LABELS[:-1], None, "labels")
