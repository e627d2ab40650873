"""The named ways in which inputs become what a model was trained on.

Always a batch at a time: all inputs as floats would be fresh memory, which costs page faults.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_runner.variants import NUMBERS, PIXELS, suited

# The mean and standard deviation of MNIST's training pixels divided by 255, as rounded in
# most tutorials.
MNIST_MEAN, MNIST_DEVIATION = np.float32(0.1307), np.float32(0.3081)

Raw = NDArray[Any]
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Scaling:
    """What `standardize` takes off and divides by: in the units of the inputs, of a shape that
    fits one input."""

    mean: Floats
    deviation: Floats

    @classmethod
    def read(cls, path: str) -> Scaling | None:
        """The figures in an `.npz` of the server's; None where there is none."""
        if not path:
            return None
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["mean"], arrays["deviation"])


@dataclass(frozen=True, eq=False)
class Inputs:
    """Inputs (n, …), as the contest has them; `default`, where given, is what `prepared` makes of
    them with the first of `variants`.

    The server prepares the hidden inputs once for all runners: as a mapped file they cost a
    runner neither time nor memory of its own. Without `scaling`, MNIST's figures stand for pixels.
    """

    raw: Raw
    default: Floats | None = None
    scaling: Scaling | None = None

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, …)."""
        return self.raw.shape

    @property
    def type(self) -> str:
        """The NumPy type of the values as they come."""
        return self.raw.dtype.name

    @property
    def variants(self) -> tuple[str, ...]:
        """The ways to prepare these, the default first."""
        return suited(self.type)

    def prepared(self, start: int, stop: int, variant: str) -> Floats:
        """Inputs `start` to `stop` as float32 (stop - start, …)."""
        if self.default is not None and variant == self.variants[0]:
            return self.default[start:stop]
        return prepared(self.raw[start:stop], variant, self.scaling)

    def picked(self, which: slice | NDArray[np.intp]) -> Inputs:
        """Some of them."""
        default = self.default if self.default is None else self.default[which]
        return replace(self, raw=self.raw[which], default=default)


def stacked(inputs: Inputs, variants: Sequence[str]) -> Inputs:
    """The inputs once for each variant, prepared so, one after the other, as if by default."""
    raw = np.concatenate([inputs.raw] * len(variants))
    floats = [inputs.prepared(0, len(inputs), variant) for variant in variants]
    return replace(inputs, raw=raw, default=np.concatenate(floats))


def prepared(values: Raw, variant: str, scaling: Scaling | None = None) -> Floats:
    """Inputs (n, …) as float32 of the same shape.

    `variant` is one of those that suit their type; another raises KeyError.
    """
    ways = _OF_PIXELS if values.dtype == np.uint8 else _OF_NUMBERS
    return ways[variant](values, scaling)


def _from_0_to_1(values: Raw, _: Scaling | None) -> Floats:
    scaled: Floats = np.divide(values, np.float32(255), dtype=np.float32)
    return scaled


def _as_they_are(values: Raw, _: Scaling | None) -> Floats:
    # What is too large for float32 becomes infinite, as it does in Keras.
    with np.errstate(over="ignore"):
        return values.astype(np.float32, copy=False)


def _around_zero_by_a_half(values: Raw, _: Scaling | None) -> Floats:
    return _from_0_to_1(values, None) - np.float32(0.5)


def _around_zero_by_one(values: Raw, _: Scaling | None) -> Floats:
    return _from_0_to_1(values, None) * np.float32(2) - np.float32(1)


def _standardized_pixels(values: Raw, scaling: Scaling | None) -> Floats:
    if scaling is None:
        return (_from_0_to_1(values, None) - MNIST_MEAN) / MNIST_DEVIATION
    return (values.astype(np.float32) - scaling.mean) / scaling.deviation


def _standardized_numbers(values: Raw, scaling: Scaling | None) -> Floats:
    if scaling is None:
        raise ValueError("numbers are standardized by figures of the contest")
    # In float64, since a year or a price in cents has no digits to lose before its mean is gone.
    wide = (values.astype(np.float64) - scaling.mean) / scaling.deviation
    return _as_they_are(wide, None)


def _of_length_one(values: Raw, _: Scaling | None) -> Floats:
    """`keras.utils.normalize(x, axis=1)`: columns of images, whole rows of a table."""
    wide = values.astype(np.float64)
    lengths: NDArray[Any] = np.linalg.norm(wide, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    unit: Floats = (wide / lengths).astype(np.float32)
    return unit


_Way = Callable[[Raw, Scaling | None], Floats]
_OF_PIXELS: dict[str, _Way] = dict(
    zip(
        PIXELS,
        (
            _from_0_to_1,
            _as_they_are,
            _around_zero_by_a_half,
            _around_zero_by_one,
            _standardized_pixels,
            _of_length_one,
        ),
        strict=True,
    )
)
_OF_NUMBERS: dict[str, _Way] = dict(
    zip(NUMBERS, (_as_they_are, _standardized_numbers, _of_length_one), strict=True)
)
