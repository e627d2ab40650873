"""Images of drawings: golden ones, where they stand, and how much ink they have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from support.hand import Hand

from heldout_server.finals.rasterization import Canvas, Centre, rasterized

BAR = [[500, 100, 500, 900]]
SEVEN = [[250, 200, 750, 200, 450, 850]]
MNIST_INK = 33.2
"""Mean of the pixels of MNIST's training images, of 255."""
MNIST_STROKE = 2.06
"""Width of a stroke in the first 20,000 of them, in pixels, by `stroke_width`."""
MNIST_GREY = 0.51
"""How much of their ink is neither faint nor full, by `grey_share`."""


def as_text(image: np.ndarray) -> str:
    shades = np.array(list(".:#@"))
    return "\n".join("".join(row) for row in shades[np.digitize(image, (40, 150, 235))])


def centre_of_mass(image: np.ndarray) -> np.ndarray:
    places = np.indices(image.shape) + 0.5
    return (places * image).sum(axis=(1, 2)) / image.sum()


def test_a_seven_looks_like_one() -> None:
    image = rasterized(SEVEN, Canvas())
    drawn = [row[4:24] for row in as_text(image).splitlines() if set(row) != {"."}]
    assert drawn[1].count("@") + drawn[1].count("#") >= 12
    assert drawn[-2].count("@") + drawn[-2].count("#") <= 3
    assert image.dtype == np.uint8
    assert image.shape == (28, 28)


def test_a_bar_is_as_sharp_as_its_pen() -> None:
    row = rasterized(BAR, Canvas())[14]
    assert list(np.flatnonzero(row)) == [12, 13, 14, 15]
    assert list(row[12:16]) == list(row[12:16])[::-1]
    assert row[13] == 255


@pytest.mark.parametrize("drawn", [BAR, SEVEN, Hand.of(1).draws(4), [[0, 0, 200, 40]]])
def test_fills_the_box_and_stands_by_its_mass(drawn: list[list[int]]) -> None:
    image = rasterized(drawn, Canvas())
    inked = np.argwhere(image > 60)
    assert 18 <= (inked.max(axis=0) - inked.min(axis=0) + 1).max() <= 21
    assert np.allclose(centre_of_mass(image), 14, atol=0.15)


def test_the_place_and_size_in_the_square_make_no_difference() -> None:
    small = [[x // 2 + 300 for x in stroke] for stroke in SEVEN]
    apart = np.abs(rasterized(small, Canvas()).astype(int) - rasterized(SEVEN, Canvas()))
    assert apart.max() <= 12


def test_other_contests_have_their_own_size_box_and_centre() -> None:
    image = rasterized([[0, 0, 0, 900, 300, 900]], Canvas(64, 50, Centre.BOX))
    inked = np.argwhere(image > 60)
    assert image.shape == (64, 64)
    assert np.allclose((inked.min(axis=0) + inked.max(axis=0) + 1) / 2, 32, atol=1)


def stroke_width(image: np.ndarray) -> float:
    """In pixels: twice the mean distance from a stroke's ridge to the paper."""
    inside = ndimage.distance_transform_edt(np.pad(image > 127, 1))
    ridge = (inside == ndimage.maximum_filter(inside, 3)) & (inside > 0)
    return float(2 * inside[ridge].mean() - 1)


def grey_share(image: np.ndarray) -> float:
    inked = image[image > 25]
    return float((inked < 230).mean())


@pytest.fixture(scope="module")
def drawn() -> list[np.ndarray]:
    """Of ten hands, each digit once."""
    return [
        rasterized(Hand.of(hand).draws(digit), Canvas())
        for hand in range(10)
        for digit in range(10)
    ]


class TestBesideMnist:
    """The pen was made for its ink."""

    def test_has_its_ink(self, drawn: list[np.ndarray]) -> None:
        assert np.mean(drawn) == pytest.approx(MNIST_INK, abs=1.5)

    def test_has_strokes_as_wide(self, drawn: list[np.ndarray]) -> None:
        found = np.mean([stroke_width(image) for image in drawn])
        assert found == pytest.approx(MNIST_STROKE, abs=0.2)

    def test_has_edges_as_soft(self, drawn: list[np.ndarray]) -> None:
        found = np.mean([grey_share(image) for image in drawn])
        assert found == pytest.approx(MNIST_GREY, abs=0.06)


def test_a_single_point_beside_strokes_is_drawn() -> None:
    dotted = rasterized([[500, 400, 500, 900], [500, 100]], Canvas())
    rows = np.flatnonzero(dotted.max(axis=1) > 60)
    assert np.diff(rows).max() > 3
    assert 2 <= np.argmax(np.diff(rows)) + 1 <= 4
