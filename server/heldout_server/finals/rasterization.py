"""From strokes to the image that models read, as MNIST was made of scanned digits. Pure.

MNIST's digits fill a box of 20 × 20 pixels, aspect kept, and stand with their centre of mass in
the centre of 28 × 28 (Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten
digits", yann.lecun.com/exdb/mnist). Other images say their own size, box and centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from heldout_server.finals.strokes import Strokes

MNIST_SIZE, MNIST_BOX = 28, 20
SMALLEST_BOX, LARGEST_BOX = 4, 1024
PEN = 1.28 / MNIST_BOX
"""The pen's radius in boxes. With it, the hand of the tests draws digits with MNIST's mean ink of
33 in 255, in strokes as wide and edges as soft as there: 2.1 pixels, and half of the ink is grey
(`tests/unit/finals/test_rasterization.py`)."""
SEGMENTS_AT_ONCE = 64

Image = NDArray[np.uint8]
"""(size, size), uint8: 0 = paper, 255 = ink."""


class Centre(StrEnum):
    """What stands in the middle of the image: the ink's centre of mass, or that of its box."""

    MASS = "mass"
    BOX = "box"


@dataclass(frozen=True, slots=True)
class Canvas:
    """How a contest's images hold a drawing: (size, size) pixels, of which `box` are for it."""

    size: int = MNIST_SIZE
    box: int = MNIST_BOX
    centre: Centre = Centre.MASS

    @property
    def radius(self) -> float:
        """The pen's, in pixels."""
        return PEN * self.box


def rasterized(strokes: Strokes, canvas: Canvas) -> Image:
    """The drawing, scaled to the box without distortion, anti-aliased, centred."""
    segments = _in_the_box(_segments(strokes), canvas)
    ink = _inked(segments, canvas)
    if canvas.centre is Centre.MASS:
        ink = _inked(segments + _to_the_middle(ink), canvas)
    return np.round(255 * ink).astype(np.uint8)


def _segments(strokes: Strokes) -> NDArray[np.float64]:
    """(m, 2, 2): begin and end of each piece, as x and y; a single point is a piece of length 0."""
    pieces: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for stroke in strokes:
        points = np.asarray(stroke, np.float64).reshape(-1, 2)
        pieces += list(pairwise(points)) if len(points) > 1 else [(points[0], points[0])]
    return np.asarray(pieces)


def _in_the_box(segments: NDArray[np.float64], canvas: Canvas) -> NDArray[np.float64]:
    """In pixels, so that the ink's longer side is the box's, its middle in the image's."""
    low, high = segments.min(axis=(0, 1)), segments.max(axis=(0, 1))
    scale = (canvas.box - 2 * canvas.radius) / max(float((high - low).max()), 1.0)
    moved: NDArray[np.float64] = (segments - (low + high) / 2) * scale + canvas.size / 2
    return moved


def _inked(segments: NDArray[np.float64], canvas: Canvas) -> NDArray[np.float64]:
    """(size, size), 0 to 1: how much of each pixel the pen covers, by its centre's distance."""
    middle = np.arange(canvas.size, dtype=np.float32) + np.float32(0.5)
    down, across = (axis.reshape(-1, 1) for axis in np.meshgrid(middle, middle, indexing="ij"))
    nearest = np.full(canvas.size**2, np.inf, np.float32)
    for first in range(0, len(segments), SEGMENTS_AT_ONCE):
        piece = segments[first : first + SEGMENTS_AT_ONCE].astype(np.float32)
        nearest = np.minimum(nearest, _squared_distances(across, down, piece).min(axis=1))
    covered = np.clip(canvas.radius + 0.5 - np.sqrt(nearest.astype(np.float64)), 0.0, 1.0)
    return covered.reshape(canvas.size, canvas.size)


def _squared_distances(
    across: NDArray[np.float32], down: NDArray[np.float32], segments: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(pixels, segments): from each pixel, (pixels, 1) each, to the nearest point of each."""
    (x, y), (along, over) = segments[:, 0].T, (segments[:, 1] - segments[:, 0]).T
    right, below = across - x, down - y
    length = np.maximum(along**2 + over**2, np.finfo(np.float32).tiny)
    share = np.clip((right * along + below * over) / length, 0, 1)
    far: NDArray[np.float32] = (right - share * along) ** 2 + (below - share * over) ** 2
    return far


def _to_the_middle(ink: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,): by how many pixels, x and y, the centre of mass is off the middle."""
    middle = np.arange(len(ink)) + 0.5
    mass = ink.sum()
    mean = np.array([ink.sum(axis=0) @ middle, ink.sum(axis=1) @ middle]) / mass
    off: NDArray[np.float64] = len(ink) / 2 - mean
    return off
