from __future__ import annotations

import numpy as np
import pytest

from heldout_runner.preprocessing import Images, prepared, stacked
from heldout_runner.protocol import PREPROCESSING

IMAGES = np.random.default_rng(3).integers(0, 256, (7, 28, 28), np.uint8)
IMAGES[0] = 0


class TestPrepared:
    @pytest.mark.parametrize("variant", PREPROCESSING)
    @pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (1, 28, 28), (784,)])
    def test_keeps_the_shape_and_gives_the_same_numbers_in_each(
        self, variant: str, shape: tuple[int, ...]
    ) -> None:
        floats = prepared(IMAGES.reshape(7, *shape), variant)
        assert floats.shape == (7, *shape)
        assert floats.dtype == np.float32
        assert np.isfinite(floats).all()
        assert np.array_equal(floats.reshape(7, 28, 28), prepared(IMAGES, variant))

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


class TestImages:
    def test_use_what_is_prepared_for_the_default_only(self) -> None:
        images = Images(IMAGES, np.ones((7, 28, 28), np.float32))
        assert (images.prepared(2, 4, "0-1") == 1).all()
        assert np.array_equal(images.prepared(2, 4, "0-255"), IMAGES[2:4].astype(np.float32))

    def test_are_stacked_variant_by_variant(self) -> None:
        together = stacked(Images(IMAGES), ["0-255", "-1-1"])
        assert together.shape == (14, 28, 28)
        halves = together.prepared(0, 7, "0-1"), together.prepared(7, 14, "0-1")
        assert np.array_equal(halves[0], prepared(IMAGES, "0-255"))
        assert np.array_equal(halves[1], prepared(IMAGES, "-1-1"))
