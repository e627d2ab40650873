"""The images that most of the class gets wrong."""

import numpy as np
import pytest

from heldout_server.runs.hardest_images import HardImage, hardest


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
