"""The named ways in which uint8 images become what a model was trained on.

Always a batch at a time: all images as floats would be fresh memory, which costs page faults.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_runner.protocol import PREPROCESSING

# The mean and standard deviation of MNIST's training pixels divided by 255, as rounded in
# most tutorials.
MNIST_MEAN, MNIST_DEVIATION = np.float32(0.1307), np.float32(0.3081)
_ROWS, _COLUMNS = 28, 28

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Images:
    """uint8 images (n, 28, 28); `default`, where given, is `prepared(raw, PREPROCESSING[0])`.

    The server prepares the hidden images once for all runners: as a mapped file they cost a
    runner neither time nor memory of its own.
    """

    raw: Pixels
    default: Floats | None = None

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, 28, 28)."""
        return self.raw.shape

    def prepared(self, start: int, stop: int, variant: str) -> Floats:
        """Images `start` to `stop` as float32 (stop - start, 28, 28)."""
        if self.default is not None and variant == PREPROCESSING[0]:
            return self.default[start:stop]
        return prepared(self.raw[start:stop], variant)


def stacked(images: Images, variants: Sequence[str]) -> Images:
    """The images once for each variant, prepared so, one after the other, as if by default."""
    raw = np.concatenate([images.raw] * len(variants))
    floats = [images.prepared(0, len(images), variant) for variant in variants]
    return Images(raw, np.concatenate(floats))


def prepared(images: Pixels, variant: str) -> Floats:
    """uint8 images (n, …) of 28×28 pixels as float32 of the same shape.

    `variant` is one of `PREPROCESSING`; another raises KeyError.
    """
    return _VARIANTS[variant](images)


def _from_0_to_1(images: Pixels) -> Floats:
    scaled: Floats = np.divide(images, np.float32(255), dtype=np.float32)
    return scaled


def _from_0_to_255(images: Pixels) -> Floats:
    return images.astype(np.float32)


def _around_zero_by_a_half(images: Pixels) -> Floats:
    return _from_0_to_1(images) - np.float32(0.5)


def _around_zero_by_one(images: Pixels) -> Floats:
    return _from_0_to_1(images) * np.float32(2) - np.float32(1)


def _standardized(images: Pixels) -> Floats:
    return (_from_0_to_1(images) - MNIST_MEAN) / MNIST_DEVIATION


def _of_length_one(images: Pixels) -> Floats:
    """`keras.utils.normalize(x, axis=1)` of images (n, 28, 28), whatever shape they have now."""
    pictures = images.reshape(len(images), _ROWS, _COLUMNS).astype(np.float64)
    lengths: NDArray[Any] = np.linalg.norm(pictures, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    unit: Floats = (pictures / lengths).astype(np.float32)
    return unit.reshape(images.shape)


_VARIANTS: dict[str, Callable[[Pixels], Floats]] = dict(
    zip(
        PREPROCESSING,
        (
            _from_0_to_1,
            _from_0_to_255,
            _around_zero_by_a_half,
            _around_zero_by_one,
            _standardized,
            _of_length_one,
        ),
        strict=True,
    )
)
