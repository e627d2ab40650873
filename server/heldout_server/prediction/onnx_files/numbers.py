"""The arrays of an ONNX file: of plain types, as long as they say, as the bytes that we write."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.prediction.onnx_files import refusals
from heldout_server.prediction.onnx_files.parts import Tensor

FLOAT, INT32, INT64, BOOL, DOUBLE = 1, 6, 7, 9, 11
TYPES = {FLOAT: "<f4", INT32: "<i4", INT64: "<i8", BOOL: "|b1", DOUBLE: "<f8"}
"""The types that are computed with, by ONNX's number, as NumPy calls them."""
# Where numbers of a type may stand instead of as raw bytes: float_data and its like.
RAW = 9
_OTHER_FIELD = {FLOAT: 4, INT32: 5, BOOL: 5, INT64: 7, DOUBLE: 10}
_NAMES = {2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 8: "text", 10: "float16", 16: "bfloat16"}

_AT_ONCE = 1 << 18
LARGEST_WHOLE = 1 << 24
"""Of shapes, axes and places: more is a mistake, or wants to fill the memory."""
# As exporters write it: the largest int32, int64, or one less. In float64 those are two.
_TO_THE_END = (2.0**31 - 1, 2.0**31, 2.0**63)


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array to be written: `raw` has exactly what `type` and `shape` say."""

    type: int
    shape: tuple[int, ...]
    raw: bytes | memoryview

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


def numbers(tensor: Tensor) -> Numbers:
    """The array, looked at. Raises Rejection."""
    if tensor.type not in TYPES:
        raise refusals.other_numbers(type_name(tensor.type))
    if any(length < 0 for length in tensor.shape):
        raise refusals.inconsistent("an array of a negative length")
    found = Numbers(tensor.type, tensor.shape, _raw(tensor))
    if len(found.raw) != found.count * np.dtype(TYPES[tensor.type]).itemsize:
        raise refusals.wrong_numbers("an array isn't as long as its shape says")
    if max(tensor.shape, default=0) > LARGEST_WHOLE:  # beside a length of 0 any would fit
        raise refusals.giant(LARGEST_WHOLE)
    if tensor.type in (INT32, INT64):
        check_wholes(np.frombuffer(found.raw, TYPES[tensor.type]))
    if tensor.type == BOOL and np.frombuffer(found.raw, np.uint8).max(initial=0) > 1:
        raise refusals.wrong_numbers("something else than true or false in an array of them")
    return found


def type_name(kind: int) -> str:
    """What NumPy calls it."""
    known = np.dtype(TYPES[kind]).name if kind in TYPES else f"numbers of type {kind}"
    return _NAMES.get(kind, known)


def check_wholes(values: NDArray[Any]) -> None:
    """Refuse numbers that no shape, axis or place has, but for those that mean "to the end".

    A few at a time: as float64 all of a large array would take as much again, and twice.
    """
    for start in range(0, len(values), _AT_ONCE):
        size = np.abs(values[start : start + _AT_ONCE].astype(np.float64))
        if ((size > LARGEST_WHOLE) & ~np.isin(size, _TO_THE_END)).any():
            raise refusals.giant(LARGEST_WHOLE)


def _raw(tensor: Tensor) -> bytes | memoryview:
    """The numbers as bytes, however they stand in the file. Raises Rejection."""
    if len(tensor.data) > 1 or set(tensor.data) - {RAW, _OTHER_FIELD[tensor.type]}:
        raise refusals.wrong_numbers("an array's numbers stand in two places, or in a wrong one")
    for found in tensor.data.values():
        if isinstance(found, memoryview):
            return found
        try:
            return np.array(found, np.int64).astype(TYPES[tensor.type], casting="unsafe").tobytes()
        except OverflowError:
            raise refusals.wrong_numbers("an array's numbers are too large") from None
    return b""
