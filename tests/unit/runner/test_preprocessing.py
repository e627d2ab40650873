from __future__ import annotations

import numpy as np
import pytest

from heldout_runner.preprocessing import Inputs, Scaling, prepared, stacked
from heldout_runner.variants import NUMBERS, PIXELS

IMAGES = np.random.default_rng(3).integers(0, 256, (7, 28, 28), np.uint8)
IMAGES[0] = 0


class TestPrepared:
    @pytest.mark.parametrize("variant", PIXELS)
    @pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (14, 14, 4), (784,)])
    def test_keeps_the_shape_of_pixels(self, variant: str, shape: tuple[int, ...]) -> None:
        floats = prepared(IMAGES.reshape(7, *shape), variant)
        assert floats.shape == (7, *shape)
        assert floats.dtype == np.float32
        assert np.isfinite(floats).all()

    def test_divides_by_255_in_float32(self) -> None:
        expected = np.divide(IMAGES, np.float32(255), dtype=np.float32)
        assert prepared(IMAGES, "0-1").tobytes() == expected.tobytes()

    @pytest.mark.parametrize(
        ("variant", "black", "white"),
        [
            ("0-1", 0, 1),
            ("0-255", 0, 255),
            ("-0.5-0.5", -0.5, 0.5),
            ("-1-1", -1, 1),
            ("standardize", -0.1307 / 0.3081, (1 - 0.1307) / 0.3081),
        ],
    )
    def test_moves_black_and_white_to_where_the_name_says(
        self, variant: str, black: float, white: float
    ) -> None:
        ends = np.repeat(np.array([0, 255], np.uint8), 392).reshape(1, 784)
        floats = prepared(ends, variant)
        assert (floats.min(), floats.max()) == pytest.approx((black, white))

    def test_makes_each_column_of_an_image_one_long(self) -> None:
        lengths = np.linalg.norm(prepared(IMAGES, "l2-rows"), axis=1)
        assert lengths[1:] == pytest.approx(1)
        assert (lengths[0] == 0).all()

    def test_knows_no_other_variant(self) -> None:
        with pytest.raises(KeyError):
            prepared(IMAGES, "auto")


class TestNumbers:
    VALUES = np.array([[2015.0, 0.5], [2025.0, -0.5], [2020.0, 0.0]])
    SCALING = Scaling(np.array([2020, 0], np.float32), np.array([5, 0.5], np.float32))

    @pytest.mark.parametrize("variant", NUMBERS)
    @pytest.mark.parametrize("kind", [np.float64, np.float32, np.int32, np.int64, np.bool_])
    @pytest.mark.parametrize("shape", [(12,), (3, 4), (2, 2, 3), (2, 2, 1, 3)])
    def test_keep_their_shape(self, variant: str, kind: type, shape: tuple[int, ...]) -> None:
        values = np.random.default_rng(1).normal(0, 9, (5, *shape)).astype(kind)
        scaling = Scaling(np.float32(1), np.float32(2))
        floats = prepared(values, variant, scaling)
        assert floats.shape == values.shape
        assert floats.dtype == np.float32

    def test_stay_as_they_are(self) -> None:
        assert np.array_equal(prepared(self.VALUES, "none"), self.VALUES.astype(np.float32))

    def test_are_scaled_by_the_contests_figures(self) -> None:
        scaled = prepared(self.VALUES, "standardize", self.SCALING)
        assert np.array_equal(scaled, np.array([[-1, 1], [1, -1], [0, 0]], np.float32))

    def test_lose_no_digits_before_their_mean_is_gone(self) -> None:
        seconds = 1_764_403_200.0 + np.arange(3.0)[:, None]
        scaling = Scaling(np.float32([1_764_403_200]), np.float32([1]))
        assert np.diff(prepared(seconds, "standardize", scaling)[:, 0]).tolist() == [1, 1]

    def test_are_not_standardized_by_mnists_figures(self) -> None:
        with pytest.raises(ValueError, match="figures"):
            prepared(self.VALUES, "standardize")

    def test_have_no_range_of_pixels(self) -> None:
        with pytest.raises(KeyError):
            prepared(self.VALUES, "0-1")

    def test_of_a_row_become_one_long(self) -> None:
        lengths = np.linalg.norm(prepared(self.VALUES, "l2-rows"), axis=1)
        assert lengths == pytest.approx(1)


class TestPixelsWithFiguresOfTheirOwn:
    def test_are_standardized_by_channel(self) -> None:
        images = np.zeros((2, 4, 4, 3), np.uint8)
        images[..., 1] = 100
        scaling = Scaling(np.float32([0, 50, 10]), np.float32([1, 25, 10]))
        scaled = prepared(images, "standardize", scaling)
        assert scaled[1, 2, 3].tolist() == [0, 2, -1]


class TestInputs:
    def test_use_what_is_prepared_for_the_default_only(self) -> None:
        images = Inputs(IMAGES, np.ones((7, 28, 28), np.float32))
        assert (images.prepared(2, 4, "0-1") == 1).all()
        assert np.array_equal(images.prepared(2, 4, "0-255"), IMAGES[2:4].astype(np.float32))

    def test_of_numbers_are_by_default_as_they_are(self) -> None:
        numbers = Inputs(np.zeros((3, 2)), np.ones((3, 2), np.float32))
        assert (numbers.prepared(0, 3, "none") == 1).all()

    def test_are_stacked_variant_by_variant(self) -> None:
        together = stacked(Inputs(IMAGES), ["0-255", "-1-1"])
        assert together.shape == (14, 28, 28)
        halves = together.prepared(0, 7, "0-1"), together.prepared(7, 14, "0-1")
        assert np.array_equal(halves[0], prepared(IMAGES, "0-255"))
        assert np.array_equal(halves[1], prepared(IMAGES, "-1-1"))
