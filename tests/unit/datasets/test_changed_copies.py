"""Changed copies: moved, turned, always the same; small and other inputs are left alone."""

import tracemalloc

import numpy as np
import pytest

from heldout_server.datasets.changed_copies import (
    COPIES,
    MOST_COPIED,
    can_be_copied,
    copies,
    sampled,
)

HASH = "ab" * 32


def dot(shape, row, column):
    image = np.zeros((1, *shape), np.uint8)
    image[0, row, column] = 200
    return image


class TestCopies:
    def test_moves_by_a_pixel_to_each_side_and_turns(self):
        found = copies(dot((28, 28), 10, 20))
        at = [tuple(np.argwhere(one == one.max())[0]) for one in found]
        assert at[:4] == [(11, 20), (9, 20), (10, 21), (10, 19)]
        assert at[4] != at[5]
        assert all(abs(row - 10) <= 2 and abs(column - 20) <= 2 for row, column in at)

    def test_goes_by_change_and_keeps_the_form(self):
        images = np.random.default_rng(1).integers(0, 256, (3, 30, 40, 3), dtype=np.uint8)
        found = copies(images)
        assert found.shape == (COPIES * 3, 30, 40, 3)
        assert found.dtype == np.uint8
        assert np.array_equal(found, copies(images))
        assert np.array_equal(found[0], copies(images[:1])[0])

    def test_takes_little_more_memory_than_the_copies_themselves(self):
        images = np.zeros((100, 200, 200, 3), np.uint8)
        tracemalloc.start()
        found = copies(images)
        assert tracemalloc.get_traced_memory()[1] < 2 * found.nbytes
        tracemalloc.stop()

    def test_moves_large_images_by_more(self):
        found = copies(dot((84, 84), 40, 40))
        assert np.argwhere(found[0])[0].tolist() == [43, 40]

    def test_one_colour_stays_as_it_is(self):
        assert (copies(np.full((1, 28, 28), 7, np.uint8)) == 7).all()


class TestSampled:
    def test_is_drawn_once_for_each_set(self):
        first = sampled(10_000, (28, 28), HASH)
        assert len(first) == MOST_COPIED
        assert np.array_equal(first, np.unique(first))
        assert np.array_equal(first, sampled(10_000, (28, 28), HASH))
        assert not np.array_equal(first, sampled(10_000, (28, 28), "cd" * 32))

    def test_takes_all_of_few_and_few_of_large_ones(self):
        assert sampled(5, (28, 28), HASH).tolist() == [0, 1, 2, 3, 4]
        assert len(sampled(10_000, (224, 224, 3), HASH)) < 100


@pytest.mark.parametrize(
    ("shape", "dtype", "count", "fits"),
    [
        ((28, 28), "uint8", 200, True),
        ((32, 32, 3), "uint8", 10_000, True),
        ((28, 28), "uint8", 199, False),
        ((224, 224, 3), "uint8", 10_000, False),
        ((8, 8), "uint8", 10_000, False),
        ((28, 28), "float32", 10_000, False),
        ((784,), "uint8", 10_000, False),
    ],
)
def test_which_inputs_can_be_copied(shape, dtype, count, fits):
    assert can_be_copied(shape, dtype, count) is fits
