"""Answers in arrays, to the shape of `tasks.kinds.Task`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests.answers import WRONG, numbers_of
from heldout_server.contests.problems import Found, quoted
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Truth

_FIRST = 6


def checked_answers(kind: Kind, array: NDArray[Any], name: str, file: str, found: Found) -> bool:
    """Whether an array can be the answers of this kind of task by its shape and type; noted."""
    shapes: tuple[int, ...]
    if kind in (Kind.BINARY, Kind.MULTICLASS):
        shapes, types, wanted = (1,), "uibUS", "(n,) of class numbers or names"
    elif kind is Kind.MULTILABEL:
        shapes, types, wanted = (2,), "uibf", "(n, k) of 0 and 1"
    else:
        shapes, types, wanted = (1, 2), "uif", "(n,) or (n, k) of numbers"
    if array.ndim not in shapes or not array.size:
        what = f"{name} has shape {array.shape}; {wanted} is needed."
        found.add("array_shape", file, None, what, "Class numbers, not one-hot columns."
                  if len(shapes) == 1 and shapes[0] == 1 else "")  # fmt: skip
        return False
    if array.dtype.kind == "f" and kind in (Kind.BINARY, Kind.MULTICLASS):
        finite = array[np.isfinite(array)]
        if len(finite) < len(array):
            _note_missing(array, name, file, found)
            return False
        if np.array_equal(finite, finite.astype(np.int64)):
            return True
    if array.dtype.kind not in types:
        what = f"{name} is of type {array.dtype}; {wanted} is needed."
        found.add("array_type", file, None, what, f"{name}.astype(…)")
        return False
    return True


def words_of_array(array: NDArray[Any]) -> list[str]:
    """The different classes of answers (n,) as words; 1.0 and True are the class 1."""
    return [_word(value) for value in np.unique(array).tolist()]


def _word(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(int(value)) if isinstance(value, float | bool) else str(value).strip()


def answers_of_array(
    task: Task, array: NDArray[Any], name: str, file: str, found: Found
) -> Truth | None:
    """The answers; None, and noted, where some can't be."""
    if not checked_answers(task.kind, array, name, file, found):
        return None
    if task.has_classes:
        return _classes(task, array, name, file, found)
    numbers = array.reshape(len(array), -1).astype(np.float64)
    if numbers.shape[1] != task.width:
        what = f"{name} has {numbers.shape[1]} columns; there are {task.width} outputs."
        found.add("array_shape", file, None, what, "Give each part the same outputs.")
        return None
    if not np.isfinite(numbers).all():
        _note_missing(numbers, name, file, found)
        return None
    if task.kind is Kind.REGRESSION:
        return numbers
    wrong = numbers[(numbers != 0) & (numbers != 1)]
    if len(wrong):
        what = f"{name} has {quoted(wrong[:_FIRST].tolist())}; a label is there (1) or not (0)."
        found.add("label_not_binary", file, None, what, "Give probabilities to nobody: 0 and 1.")
        return None
    return numbers.astype(np.int64)


def _note_missing(array: NDArray[Any], name: str, file: str, found: Found) -> None:
    row = int(np.argwhere(~np.isfinite(array))[0][0])
    code = "label_missing" if np.isnan(array).any() else "label_not_finite"
    what = f"{name} has NaN or infinity, first in example {row} (from 0)."
    found.add(code, file, None, what, "Take those examples out.")


def _classes(
    task: Task, array: NDArray[Any], name: str, file: str, found: Found
) -> NDArray[np.int64] | None:
    values, place = np.unique(array, return_inverse=True)
    words = [_word(value) for value in values.tolist()]
    number = numbers_of(task.classes, words)
    if number is None:  # numbers that count the classes
        number = [int(word) for word in words]
    wrong = [word for word, n in zip(words, number, strict=True) if n == WRONG]
    if wrong:
        row = int(np.flatnonzero(np.array(number)[place.reshape(-1)] == WRONG)[0])
        found.add(
            "label_unknown", file, None,
            f"{name} has {quoted(wrong)}, which {'is' if len(wrong) == 1 else 'are'} none of the "
            f"classes {quoted(task.classes)}; first in example {row} (from 0).",
            "Correct them, or name the class in `classes` and give train examples of it.",
        )  # fmt: skip
        return None
    return np.array(number, np.int64)[place.reshape(-1)]
