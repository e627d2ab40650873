from __future__ import annotations

import numpy as np
import pytest

from heldout_server.datasets.tfds_order import tfds_test_order
from heldout_server.grading.doctor import CHANCE, ONE_LABEL, SHIFTED, TFDS_ORDER, prediction_hints

GENERATOR = np.random.default_rng(5)
LABELS = GENERATOR.integers(0, 10, 10_000)
PUBLIC = GENERATOR.random(10_000) < 0.5
RANDOM = GENERATOR.integers(0, 10, 10_000)


def hints(predicted: np.ndarray, *, is_mnist: bool = True) -> list[str]:
    return prediction_hints(LABELS, predicted, public=PUBLIC, is_mnist=is_mnist)


class TestPredictionHints:
    def test_are_silent_about_good_predictions(self) -> None:
        assert hints(LABELS) == []

    def test_are_silent_about_mediocre_predictions(self) -> None:
        assert hints(np.where(np.arange(10_000) % 2, LABELS, RANDOM)) == []

    def test_recognise_the_order_of_tensorflow_datasets(self) -> None:
        assert hints(LABELS[tfds_test_order()]) == [TFDS_ORDER]

    def test_recognise_that_order_for_mnist_only(self) -> None:
        assert hints(LABELS[tfds_test_order()], is_mnist=False) == [CHANCE]

    @pytest.mark.parametrize("shift", [-1, 1])
    def test_recognise_shifted_labels(self, shift: int) -> None:
        assert hints(LABELS + shift) == [SHIFTED]

    def test_recognise_one_label_for_everything(self) -> None:
        assert hints(np.full(10_000, 3)) == [ONE_LABEL]

    def test_call_anything_else_chance(self) -> None:
        assert hints(RANDOM) == [CHANCE]

    def test_never_look_at_private_examples(self) -> None:
        shuffled = LABELS.copy()
        shuffled[~PUBLIC] = RANDOM[~PUBLIC]
        for predicted in (RANDOM, LABELS + 1, LABELS[tfds_test_order()]):
            assert hints(predicted) == prediction_hints(
                shuffled, predicted, public=PUBLIC, is_mnist=True
            )

    def test_look_at_everything_without_a_mask(self) -> None:
        assert prediction_hints(LABELS[:300], RANDOM[:300]) == [CHANCE]

    def test_take_practice_sets_of_other_sizes(self) -> None:
        assert prediction_hints(LABELS[:300], RANDOM[:300], is_mnist=True) == [CHANCE]
