"""Slightly changed copies of images, as a person would still read them. Pure, and always the same.

Whoever has learned images by heart reads their copies worse; whoever has learned digits doesn't.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.loaded import is_images

MOST_COPIED = 2000
"""So many images of a set are copied; more tell little more."""
MOST_BYTES = 64 << 20
"""So much the copies of a set take; of large images fewer are copied."""
FEWEST_COPIED = 200
"""Of fewer images copies tell nothing: a handful of errors is luck."""
SMALLEST_SIDE = 24
"""In smaller images a pixel is a large step, and honest models trip over it."""
COPIES = 6
PIXELS_AT_ONCE = 1 << 20
PIXELS_A_STEP = 28
DEGREES = (8.0, -8.0)


def can_be_copied(shape: Sequence[int], dtype: str, count: int) -> bool:
    """Whether `count` inputs of this shape (without n) and type are images of a size that fits,
    and enough of them would be copied.
    """
    if not is_images(shape, dtype) or min(shape[:2]) < SMALLEST_SIDE:
        return False
    return min(count, _most(shape)) >= FEWEST_COPIED


def sampled(count: int, shape: Sequence[int], content_hash: str) -> NDArray[np.intp]:
    """Which of `count` images of this shape are copied, ascending: drawn once for each data set."""
    drawn = np.random.default_rng(int(content_hash[:16], 16)).permutation(count)
    return np.sort(drawn[: max(1, _most(shape))])


def _most(shape: Sequence[int]) -> int:
    return min(MOST_COPIED, MOST_BYTES // (COPIES * math.prod(shape)))


def copies(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Six copies of images (n, height, width[, channels]): (6·n, …), one change after the other.

    Moved by a pixel (in large images by a 28th of the shorter side) to each of four sides, turned
    by 8 degrees to the left and to the right. What comes in from outside is the nearest pixel.
    """
    found = np.empty((COPIES * len(images), *images.shape[1:]), np.uint8)
    write_copies(images, found)
    return found


def write_copies(images: NDArray[np.uint8], into: NDArray[np.uint8]) -> None:
    """The same into an array that is there, such as a file: a few images at a time."""
    together = max(1, PIXELS_AT_ONCE // math.prod(images.shape[1:]))
    for start in range(0, len(images), together):
        part = np.asarray(images[start : start + together])
        for number, changed in enumerate(_changed(part)):
            at = number * len(images) + start
            into[at : at + len(part)] = changed


def _changed(images: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    height, width = images.shape[1:3]
    step = max(1, round(min(height, width) / PIXELS_A_STEP))
    rows, columns = np.indices((height, width))
    for down, right in ((step, 0), (-step, 0), (0, step), (0, -step)):
        yield images[:, _within(rows - down, height), _within(columns - right, width)]
    for degrees in DEGREES:
        yield _turned(images, np.deg2rad(degrees))


def _turned(images: NDArray[np.uint8], angle: float) -> NDArray[np.uint8]:
    """Turned about the middle; each pixel is mixed from the four around the place it comes from."""
    height, width = images.shape[1:3]
    middle = np.array([height - 1, width - 1])[:, None, None] / 2
    rows, columns = np.indices((height, width)) - middle
    top = np.cos(angle) * rows - np.sin(angle) * columns + middle[0]
    left = np.sin(angle) * rows + np.cos(angle) * columns + middle[1]
    mixed = sum(
        _weights(top, below, images) * _weights(left, beside, images)
        * images[:, _within(np.floor(top) + below, height), _within(np.floor(left) + beside, width)]
        for below in (0, 1)
        for beside in (0, 1)
    )  # fmt: skip
    turned: NDArray[np.uint8] = np.rint(mixed).astype(np.uint8)
    return turned


def _weights(at: NDArray[Any], next_one: int, images: NDArray[Any]) -> NDArray[np.float32]:
    fraction: NDArray[np.float32] = (at - np.floor(at)).astype(np.float32)
    share: NDArray[np.float32] = fraction if next_one else 1 - fraction
    return share[..., None] if images.ndim == 4 else share


def _within(at: NDArray[Any], length: int) -> NDArray[np.intp]:
    inside: NDArray[np.intp] = np.clip(at, 0, length - 1).astype(np.intp)
    return inside
