from __future__ import annotations

import numpy as np
import pytest

from heldout_server.datasets.tfds_order import tfds_test_order
from heldout_server.grading.prediction_hints import (
    CHANCE,
    ONE_LABEL,
    SHIFTED,
    TFDS_ORDER,
    hidden_prediction_hints,
    prediction_hints,
)

GENERATOR = np.random.default_rng(5)
LABELS = GENERATOR.integers(0, 10, 10_000)
RANDOM = GENERATOR.integers(0, 10, 10_000)
ONE = np.full(10_000, 3)


class TestOfPracticeExamples:
    def test_are_silent_about_good_predictions(self) -> None:
        assert prediction_hints(LABELS, LABELS) == []

    def test_are_silent_about_mediocre_predictions(self) -> None:
        half = np.where(np.arange(10_000) % 2, LABELS, RANDOM)
        assert prediction_hints(LABELS, half) == []

    @pytest.mark.parametrize("shift", [-1, 1])
    def test_recognise_shifted_labels(self, shift: int) -> None:
        assert prediction_hints(LABELS, LABELS + shift) == [SHIFTED]

    def test_recognise_one_label_for_everything(self) -> None:
        assert prediction_hints(LABELS, ONE) == [ONE_LABEL]

    def test_call_anything_else_chance(self) -> None:
        assert prediction_hints(LABELS[:300], RANDOM[:300]) == [CHANCE]


class TestOfHiddenExamples:
    def hints(self, accuracy: float, predicted: np.ndarray, **published: np.ndarray) -> list[str]:
        return hidden_prediction_hints(accuracy, predicted, classes=10, **published)

    def test_are_silent_where_the_score_is(self) -> None:
        assert self.hints(0.9, ONE) == []

    def test_recognise_the_order_of_tensorflow_datasets_by_published_labels(self) -> None:
        moved = LABELS[tfds_test_order()]
        assert self.hints(0.1, moved, published=LABELS) == [TFDS_ORDER]
        assert self.hints(0.1, moved) == [CHANCE]

    def test_recognise_one_label_for_everything(self) -> None:
        assert self.hints(0.1, ONE) == [ONE_LABEL]

    @pytest.mark.parametrize(("end", "moved"), [(0, 1), (9, -1)])
    def test_recognise_a_shift_by_the_end_that_is_never_predicted(
        self, end: int, moved: int
    ) -> None:
        [hint] = self.hints(0.01, np.clip(LABELS + moved, 0, 9))
        assert f"Label {end} is never predicted" in hint

    def test_call_anything_else_chance(self) -> None:
        assert self.hints(0.1, RANDOM) == [CHANCE]
        assert self.hints(0.29, RANDOM) == [CHANCE]
