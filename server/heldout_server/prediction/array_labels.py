"""Labels in an array, as numbers or as text, to the numbers of classes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.array_shapes import SHORTEST_ACCEPTED
from heldout_server.prediction.array_values import check_finite
from heldout_server.prediction.class_names import (
    NAMES_NOT_NUMBERS,
    NUMBERS_NOT_NAMES,
    Notes,
    UnknownLabel,
    nearest,
    numbers_of,
    numeric_names,
)
from heldout_server.prediction.wanted import Wanted
from heldout_server.tasks.kinds import Kind

Labels = NDArray[np.int64]


def from_numbers(array: NDArray[Any], wanted: Wanted, *, names_first: bool) -> tuple[Labels, Notes]:
    """The class numbers of (n,) numbers, and notes.

    Classes may be called by numbers of their own, such as 3 to 8. Where the labels could be either,
    `names_first` says what a table of text means; arrays are made from numbered classes.
    Raises `Rejection` with `value_type`, `label_range` or `non_finite`.
    """
    if array.dtype.kind == "b":
        return _from_booleans(array, wanted)
    names = numeric_names(wanted.task)
    if names is None or not np.isin(array, names).all():
        return _from_class_numbers(array, wanted), ()
    order = np.argsort(names)
    by_name = order[np.searchsorted(names[order], array)].astype(np.int64)
    if not (array.min() >= 0 and array.max() < len(names) and (array == np.floor(array)).all()):
        return by_name, ()
    if names_first:
        return by_name, (NAMES_NOT_NUMBERS,)
    return array.astype(np.int64), (NUMBERS_NOT_NAMES,)


def _from_booleans(array: NDArray[Any], wanted: Wanted) -> tuple[Labels, Notes]:
    if wanted.task.kind is Kind.BINARY:
        positive = wanted.task.positive
        return np.where(array, positive, 1 - positive).astype(np.int64), ()
    raise Rejection(
        "value_type",
        "The labels are True and False.",
        f"Save {wanted.labels}: predictions.argmax(axis=1).",
    )


def _from_class_numbers(array: NDArray[Any], wanted: Wanted) -> Labels:
    if array.dtype.kind == "f":
        _check_whole(array, wanted)
    # Compared in the array's own dtype: uint64 would wrap and float64 overflow in a cast.
    if array.min() < 0 or array.max() > len(wanted.task.classes) - 1:
        raise range_rejection(array, wanted)
    return array.astype(np.int64)


def _check_whole(array: NDArray[Any], wanted: Wanted) -> None:
    check_finite(array)
    broken = np.flatnonzero(array != np.floor(array))
    if broken.size:
        row = int(broken[0])
        raise Rejection(
            "value_type",
            f"Label {row + 1:,} is {float(array[row]):g}, which is not a whole number.",
            f"Labels are {wanted.labels}. For probabilities give all "
            f"{len(wanted.task.classes)} columns: {SHORTEST_ACCEPTED}.",
        )


def range_rejection(array: NDArray[Any], wanted: Wanted) -> Rejection:
    """`label_range`: labels beyond the classes."""
    low, high, classes = float(array.min()), float(array.max()), len(wanted.task.classes)
    if low >= 1 and high == classes:
        hint = f"The labels look shifted by one: subtract 1, so that they run 0 to {classes - 1}."
    elif high in (array.size - 1, array.size):
        hint = "These look like ids, not labels: save the column with the labels."
    else:
        hint = f"Labels are {wanted.labels}: predictions.argmax(axis=1)."
    detail = f"Labels run from {low:,.6g} to {high:,.6g}; they have to be 0 to {classes - 1}."
    return Rejection("label_range", detail, hint)


def from_texts(array: NDArray[Any], wanted: Wanted) -> tuple[Labels, Notes]:
    """The class numbers of (n,) names, and notes. Raises `Rejection` with `value_type`."""
    texts: Sequence[str] = [
        text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        for text in array.tolist()
    ]
    try:
        return numbers_of(texts, wanted.task)
    except UnknownLabel as unknown:
        raise unknown_rejection(f"Label {unknown.row + 1:,}", unknown.text, wanted) from None


def unknown_rejection(place: str, text: str, wanted: Wanted, code: str = "value_type") -> Rejection:
    """A label that is no class, where it stands."""
    shown = printable(text[:80], 40)
    what = f"is {shown!r}, which is no class" if shown else "is empty"
    hint = f"{nearest(text, wanted.task)}The classes are {wanted.words.classes}."
    return Rejection(code, f"{place} {what}.", hint)
