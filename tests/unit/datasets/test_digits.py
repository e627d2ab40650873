from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from heldout_server.datasets.digits import divide_by_class, enlarge, load_digits
from heldout_server.datasets.loaded import LoadedDataset

CONTENT_HASH = "89b94324647f076a7c90f465fabbd8ae23cb417d19f268107401fe5b9fe9b258"
small_images = st_numpy.arrays(np.int64, (2, 8, 8), elements=st.integers(0, 16))


@pytest.fixture(scope="module")
def digits() -> LoadedDataset:
    return load_digits()


class TestLoadDigits:
    def test_is_the_same_on_every_machine(self, digits: LoadedDataset) -> None:
        assert digits.content_hash == CONTENT_HASH

    def test_says_that_it_is_not_mnist(self, digits: LoadedDataset) -> None:
        assert digits.slug == "digits"
        assert digits.note.startswith("This is not MNIST")

    def test_uses_every_digit_once(self, digits: LoadedDataset) -> None:
        counts = [len(digits.y_train), len(digits.y_practice), len(digits.y_test)]
        assert counts == [891, 300, 606]
        together = [digits.x_train, digits.x_practice, digits.x_test]
        assert len(np.unique(np.concatenate(together), axis=0)) == 1797

    def test_every_part_has_every_class_in_equal_measure(self, digits: LoadedDataset) -> None:
        for labels, least in (
            (digits.y_train, 85),
            (digits.y_practice, 29),
            (digits.y_test, 58),
        ):
            counts = np.bincount(labels, minlength=10)
            assert counts.min() >= least
            assert counts.max() - counts.min() <= 6

    def test_the_order_of_hidden_labels_has_no_pattern(self, digits: LoadedDataset) -> None:
        steps = np.diff(digits.y_test.astype(int)) % 10
        assert (steps == 1).mean() < 0.2

    def test_images_have_mnist_form(self, digits: LoadedDataset) -> None:
        assert digits.x_test.shape == (606, 28, 28)
        assert digits.x_test.dtype == np.uint8
        assert digits.x_test.max() == 255


class TestEnlarge:
    @given(small_images)
    def test_agrees_with_bilinear_interpolation_by_scipy(self, images: np.ndarray) -> None:
        from scipy.ndimage import map_coordinates

        position = (np.arange(28) + 0.5) * 8 / 28 - 0.5
        rows, columns = np.meshgrid(position, position, indexing="ij")
        for image, pixels in zip(images, enlarge(images), strict=True):
            wanted = map_coordinates(image.astype(float), [rows, columns], order=1, mode="nearest")
            assert np.abs(pixels - wanted * 255 / 16).max() <= 0.5 + 1e-9

    @given(st.integers(0, 16))
    def test_keeps_an_even_grey_even(self, level: int) -> None:
        pixels = enlarge(np.full((1, 8, 8), level))
        assert np.unique(pixels).tolist() == [(level * 255 + 8) // 16]

    @given(small_images)
    def test_turning_commutes_with_enlarging(self, images: np.ndarray) -> None:
        turned = enlarge(np.rot90(images, axes=(1, 2)))
        np.testing.assert_array_equal(turned, np.rot90(enlarge(images), axes=(1, 2)))


class TestDivideByClass:
    @given(st_numpy.arrays(np.uint8, st.integers(0, 200), elements=st.integers(0, 9)))
    def test_divides_each_class_two_one_three(self, labels: np.ndarray) -> None:
        places = divide_by_class(labels)
        for label in np.unique(labels):
            own = places[labels == label]
            for place, share in (("hidden", 2), ("practice", 1), ("training", 3)):
                assert abs((own == place).sum() - len(own) * share / 6) < 2
