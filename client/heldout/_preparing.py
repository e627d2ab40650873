"""Inputs as models expect them: the same values that the server gives to the models it scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

AS_THEY_ARE, STANDARDIZE = "none", "standardize"
# What may be done to pixels, the usual ways first, and to other numbers.
OF_PIXELS = (AS_THEY_ARE, "0-1", STANDARDIZE)
OF_NUMBERS = (AS_THEY_ARE, STANDARDIZE)


@dataclass(frozen=True)
class Preparing:
    """How a contest's inputs are prepared, from the server's `scaling`.

    `mean` and `deviation` are those of training, in units of the inputs divided by `divisor`.
    """

    mean: Any
    deviation: Any
    divisor: float
    of_pixels: bool

    def prepared(self, x: Any, how: str) -> np.ndarray[Any, Any]:
        """Inputs (n, …) in one of the ways that `submit` calls `preprocessing`, as float32.

        `none` leaves them as they are, in their own type.
        """
        import numpy as np

        array: np.ndarray[Any, Any] = np.asarray(x)
        if how == AS_THEY_ARE:
            return array
        if how == "0-255":
            return array.astype(np.float32)
        if how == STANDARDIZE:
            return self.standardized(array)
        if how == "l2-rows":
            return _of_length_one(array)
        scaled: np.ndarray[Any, Any] = np.divide(array, np.float32(255), dtype=np.float32)
        if how == "-0.5-0.5":
            scaled = scaled - np.float32(0.5)
        elif how == "-1-1":
            scaled = scaled * np.float32(2) - np.float32(1)
        return scaled

    def standardized(self, x: Any) -> np.ndarray[Any, Any]:
        """(x − mean) / deviation, as float32."""
        import numpy as np

        array = np.asarray(x)
        # In float64 but for pixels: a year has no digits to lose before its mean is gone.
        values: Any = array.astype(np.float32 if self.of_pixels else np.float64)
        if self.divisor != 1:
            values /= self.divisor
        mean, deviation = (np.asarray(each, np.float32) for each in (self.mean, self.deviation))
        scaled: np.ndarray[Any, Any] = (values - mean) / deviation
        return scaled.astype(np.float32)


def preparing(scaling: Mapping[str, Any], arrays: Mapping[str, Any], of_pixels: bool) -> Preparing:
    """From the server's `scaling`; `arrays` has the figures where they are a file."""
    mean, deviation = (
        arrays[name] if scaling[name] is None else scaling[name] for name in ("mean", "deviation")
    )
    return Preparing(mean, deviation, float(scaling.get("divisor") or 1), of_pixels)


def _of_length_one(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """`keras.utils.normalize(x, axis=1)`: columns of images, whole rows of a table."""
    import numpy as np

    wide = array.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    unit: np.ndarray[Any, Any] = (wide / lengths).astype(np.float32)
    return unit
