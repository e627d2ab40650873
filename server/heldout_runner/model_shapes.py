"""Which shape a model takes an input in, and which one its output must have, in every engine."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_runner.refused import Refused

# A model of colour images gets the one channel there is in each of its three.
COLOUR_CHANNELS = 3


def input_shape(declared: Any, given: tuple[int, ...], *, pixels: bool) -> tuple[int, ...]:
    """The shape in which a model that declares (batch, …) takes one input of the shape `given`.

    As it is, flat, or with an axis of 1 more or less; grey pixels also as three equal channels.
    Raises Refused `input_shape` when the model takes something else than one such input.
    """
    if not (isinstance(declared, tuple) and declared) or isinstance(
        declared[0], tuple | list | dict
    ):
        raise Refused("input_shape", "The model has several inputs, or none.")
    wanted = [size if size is not None else 0 for size in declared[1:]]
    # A dimension of None takes any size, so it is compared as if it had the input's.
    target = next((fit for fit in _fits(given, pixels=pixels) if _matches(wanted, fit)), None)
    if target is None:
        raise Refused("input_shape", f"The model's input is {tuple(declared)}.")
    return target


def _fits(given: tuple[int, ...], *, pixels: bool) -> list[tuple[int, ...]]:
    flat = (math.prod(given),)
    fits = [flat, given, (*given, 1), (1, *given), (*flat, 1), (1, *flat)]
    if given[-1:] == (1,):
        fits.append(given[:-1])
    if pixels and len(given) == 2:
        fits.append((*given, COLOUR_CHANNELS))
    if pixels and len(given) == 3 and given[-1] == 1:
        fits.append((*given[:-1], COLOUR_CHANNELS))
    return fits


def shaped_input(values: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Inputs (n, …) as (n, *shape), a shape that `input_shape` gave."""
    if math.prod(values.shape[1:]) != math.prod(shape):
        return np.repeat(values.reshape(-1, *shape[:-1], 1), COLOUR_CHANNELS, axis=-1)
    return values.reshape(-1, *shape)


def shaped_output(
    values: NDArray[np.float32], examples: int, widths: Collection[int]
) -> NDArray[np.float32]:
    """The values (examples, one of `widths`). Raises Refused `output_shape`."""
    if values.shape == (examples,) and 1 in widths:
        return values.reshape(-1, 1)
    if values.ndim != 2 or len(values) != examples or values.shape[1] not in widths:
        raise Refused("output_shape", f"The model gives {tuple(values.shape[1:])} for an example.")
    return values


def finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The values, contiguous. Raises Refused `non_finite`."""
    if not np.isfinite(values).all():
        raise Refused("non_finite", "Some of the model's outputs are NaN or infinite.")
    return np.ascontiguousarray(values, np.float32)


def _matches(wanted: list[int], shape: tuple[int, ...]) -> bool:
    return len(wanted) == len(shape) and all(
        w in (0, s) for w, s in zip(wanted, shape, strict=True)
    )
