"""A first look at arrays: what is predicted, how often each class occurs, first images. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests.guessing import spread_of
from heldout_server.contests.making import CannotMake, array_kind, inputs_and_answers
from heldout_server.contests.npz_arrays import Arrays
from heldout_server.tasks.kinds import Kind

SHOWN_IMAGES = 12
SMALLEST, LARGEST = 4, 256
COLOURS = (1, 3, 4)


@dataclass(frozen=True, eq=False, repr=False)
class ArrayAnswers:
    """Inputs and answers of an npz, and what the answers are."""

    name: str
    inputs: NDArray[Any]
    kind: Kind
    rows: int
    counts: tuple[tuple[str, int], ...]
    spread: tuple[float, float, float] | None


def answers(arrays: Arrays) -> ArrayAnswers | None:
    """What is to be predicted; None where no arrays are called inputs and answers."""
    try:
        found = inputs_and_answers(arrays)
    except CannotMake:
        return None
    y = found.y
    kind = array_kind(y)
    return ArrayAnswers(
        name=found.name,
        inputs=found.x,
        kind=kind,
        rows=len(y),
        counts=() if kind is Kind.REGRESSION else _counts(y),
        spread=spread_of(y.reshape(-1).astype(np.float64)) if kind is Kind.REGRESSION else None,
    )


def _counts(y: NDArray[Any]) -> tuple[tuple[str, int], ...]:
    if y.ndim == 2:  # labels: how many have each
        return tuple((f"y{n}", int(count)) for n, count in enumerate((y != 0).sum(axis=0)))
    values, how_often = np.unique(y, return_counts=True)
    return tuple((str(v), int(c)) for v, c in zip(values.tolist(), how_often, strict=True))


def images(inputs: NDArray[Any]) -> NDArray[np.uint8] | None:
    """(n, height, width) or (n, height, width, 3), uint8: the first ones; None: no images."""
    shape = inputs.shape[1:]
    is_image = len(shape) == 2 or (len(shape) == 3 and shape[-1] in COLOURS)
    if not is_image or not all(SMALLEST <= size <= LARGEST for size in shape[:2]):
        return None
    if inputs.dtype.kind not in "uif" or len(inputs) == 0:
        return None
    first = inputs[:SHOWN_IMAGES]
    if len(shape) == 3:
        first = first[..., 0] if shape[-1] == 1 else first[..., :3]
    return _as_bytes(first)


def _as_bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    numbers = np.nan_to_num(pixels.astype(np.float64))
    low, high = float(numbers.min()), float(numbers.max())
    scaled = (numbers - low) / (high - low) if high > low else np.zeros_like(numbers)
    return np.round(scaled * 255).astype(np.uint8)
