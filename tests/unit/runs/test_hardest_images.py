"""The images that most of the class gets wrong."""

import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from heldout_server.runs import hardest_images
from heldout_server.runs.hardest_images import (
    HardImage,
    HardLabels,
    hardest,
    hardest_labels,
    hardest_numbers,
)


def read(*said: np.ndarray) -> list[Callable[[], np.ndarray]]:
    return [partial(np.copy, each) for each in said]


def answers(*rows: list[int]) -> list[np.ndarray]:
    return [np.array(row) for row in rows]


class TestHardest:
    def test_those_that_most_got_wrong_come_first(self) -> None:
        labels = np.array([0, 1, 2, 3])
        said = answers([0, 7, 2, 9], [0, 1, 2, 9], [0, 1, 2, 8])
        assert hardest(labels, said, classes=10) == (
            HardImage(index=3, label=3, wrong=3, said=9, said_count=2),
            HardImage(index=1, label=1, wrong=1, said=7, said_count=1),
        )

    def test_among_equals_the_one_whose_wrong_answer_is_shared_comes_first(self) -> None:
        labels = np.array([5, 5, 5])
        said = answers([1, 3, 0], [2, 3, 0])
        assert [image.index for image in hardest(labels, said, classes=6)] == [1, 2, 0]

    def test_what_everybody_reads_is_never_on_it(self) -> None:
        assert hardest(np.array([1, 2]), answers([1, 2]), classes=3) == ()
        assert hardest(np.array([1, 2]), [], classes=3) == ()

    def test_holds_so_many_at_most(self) -> None:
        wrong = np.ones(100, int)
        assert len(hardest(np.zeros(100, int), [wrong], classes=2)) == 40
        assert len(hardest(np.zeros(100, int), [wrong], classes=2, most=3)) == 3

    def test_answers_to_other_images_are_refused(self) -> None:
        with pytest.raises(ValueError, match="same images"):
            hardest(np.array([1, 2]), answers([1]), classes=3)


class TestNumbers:
    def test_the_median_error_over_models_says_which(self) -> None:
        truth = np.array([[1.0], [2.0], [3.0]])
        said = [np.array([[1.0], [2.5], [9.0]]), np.array([[1.0], [3.0], [4.0]])]
        said.append(np.array([[50.0], [2.5], [5.0]]))
        found = hardest_numbers(truth, read(*said))
        assert [(one.index, one.answer, one.said, one.off) for one in found] == [
            (2, [3.0], [5.0], [2.0]),
            (1, [2.0], [2.5], [0.5]),
        ]
        assert hardest_numbers(truth, []) == ()

    def test_outputs_are_weighed_by_their_spread(self) -> None:
        truth = np.array([[0.0, 0.0], [1.0, 1000.0], [2.0, 2000.0]])
        off_by = np.array([[1.0, 0.0], [0.0, 100.0], [0.0, 0.0]])
        assert [one.index for one in hardest_numbers(truth, read(truth + off_by))] == [0, 1]

    def test_holds_so_many_errors_at_most(self, monkeypatch) -> None:
        """Forty models of 50,000 examples would be 16 MB; the errors of five are 1."""
        monkeypatch.setattr(hardest_images, "MOST_AT_ONCE", 5 * 50_000)
        truth = np.zeros((50_000, 1))
        models = [partial(np.full, truth.shape, off) for off in (*[2.0] * 5, *[1.0] * 35)]
        tracemalloc.start()
        found = hardest_numbers(truth, models)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
        tracemalloc.stop()
        assert (len(found), found[0].off) == (40, [1.0])


class TestLabels:
    def test_those_with_most_wrong_labels_come_first(self) -> None:
        truth = np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0]])
        said = [np.array([[1, 0, 1], [1, 1, 0], [1, 1, 0]])]
        said.append(np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]]))
        assert hardest_labels(truth, said) == (
            HardLabels(index=1, labels=[1, 2], missed=3, worst=2, worst_count=2),
            HardLabels(index=0, labels=[0], missed=1, worst=2, worst_count=1),
        )
