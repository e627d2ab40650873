"""From an array to predictions: shape, range, and what the numbers mean.

Every reader (`npy`, `csv_predictions`, and the array that a scored model leaves behind) ends here,
so that the same numbers mean the same thing however they arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection
from heldout_server.prediction import array_labels, array_values
from heldout_server.prediction.array_shapes import (
    IDS_FIRST,
    SAVE_ARRAY,
    check_shape,
    shape_rejection,
)
from heldout_server.prediction.array_values import Read
from heldout_server.prediction.known_formats import Format
from heldout_server.prediction.task_words import Words
from heldout_server.prediction.wanted import Wanted
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Needs
from heldout_server.tasks.predictions import Predictions

MODEL, CSV = "model", "csv"
TEXT_KINDS = "US"


@dataclass(frozen=True, eq=False)
class ParsedPredictions(Predictions):
    """Predictions as a file had them; `format` is the container: "npy", "npz", "csv", "model"."""

    warnings: tuple[str, ...]
    format: str


def format_rejection(known: Format) -> Rejection:
    """`format`: a file that holds something other than predictions to read."""
    sentence = f"This is {known.what}, not a prediction file."
    return Rejection("format", sentence, known.hint or SAVE_ARRAY)


def predictions_from_array(
    array: NDArray[Any],
    *,
    task: Task,
    examples: int,
    format: str,
    needs: Needs = Needs.LABELS,
    words: Words | None = None,
) -> ParsedPredictions:
    """Predictions from an array of a shape that the task has; what a model gives is never labels.

    | kind       | labels                             | values                        |
    |------------|------------------------------------|-------------------------------|
    | binary     | (n,), (n, 1): 0 and 1, names, bool | (n,), (n, 1) of `positive`, (n, 2) |
    | multiclass | (n,), (n, 1): numbers or names     | (n, k), also one-hot as bool  |
    | multilabel | (n, k) of 0 and 1, bool            | (n, k)                        |
    | regression | none                               | (n,), (n, 1) or (n, k)        |

    Raises `Rejection` with `shape`, `row_count`, `value_type`, `label_range`, `non_finite`, or with
    `unsuitable` where the metric needs something else.
    """
    return read_array(array, Wanted.of(task, examples, needs=needs, said=words), format)


def read_array(array: NDArray[Any], wanted: Wanted, format: str) -> ParsedPredictions:
    """The same, held against what is wanted."""
    check_shape(array.shape, wanted)
    if array.dtype.kind in TEXT_KINDS:
        return _named(array, wanted, format)
    return _READERS[wanted.task.kind](array, wanted, format)


def of_labels(
    labels: NDArray[np.int64], wanted: Wanted, notes: tuple[str, ...], format: str
) -> ParsedPredictions:
    """Labels alone, if the metric is content with them."""
    wanted.check_suits("labels")
    return ParsedPredictions(labels, None, "labels", notes, format)


def _of_values(read: Read, wanted: Wanted, format: str) -> ParsedPredictions:
    wanted.check_suits(read.output)
    return ParsedPredictions(read.labels, read.values, read.output, read.notes, format)


def _multiclass(array: NDArray[Any], wanted: Wanted, format: str) -> ParsedPredictions:
    if array.ndim == 2 and array.shape[1] == wanted.task.width:
        return _of_values(array_values.of_classes(array), wanted, format)
    return _numbered(array, wanted, format)


def _binary(array: NDArray[Any], wanted: Wanted, format: str) -> ParsedPredictions:
    if array.ndim == 2 and array.shape[1] == 2:
        if format != MODEL and _counts(array[:, 0]):
            raise shape_rejection(array.shape, wanted, IDS_FIRST)
        return _of_values(array_values.of_both(array, wanted.task), wanted, format)
    if format != MODEL and (array.dtype.kind == "b" or _is_whole(array)):
        return _numbered(array, wanted, format)
    return _of_values(array_values.of_positive(array, wanted.task), wanted, format)


def _multilabel(array: NDArray[Any], wanted: Wanted, format: str) -> ParsedPredictions:
    columns = array.reshape(len(array), -1)
    if format == MODEL or not (columns.dtype.kind == "b" or _is_whole(columns)):
        return _of_values(array_values.of_each(columns), wanted, format)
    if columns.dtype.kind != "b" and (columns.min() < 0 or columns.max() > 1):
        raise Rejection(
            "label_range",
            f"Labels run from {float(columns.min()):,.6g} to {float(columns.max()):,.6g}; each is "
            "0 or 1.",
            "Save 1 where an example has the label, else 0: (predictions > 0.5).astype(int).",
        )
    return of_labels(columns.astype(np.int64), wanted, (), format)


def _regression(array: NDArray[Any], wanted: Wanted, format: str) -> ParsedPredictions:
    if array.dtype.kind == "b":
        raise Rejection(
            "value_type",
            "The predictions are True and False.",
            f"Save the predicted numbers: {SAVE_ARRAY}",
        )
    return _of_values(array_values.of_numbers(array), wanted, format)


def _numbered(array: NDArray[Any], wanted: Wanted, format: str) -> ParsedPredictions:
    flat = array.reshape(-1)
    labels, notes = array_labels.from_numbers(flat, wanted, names_first=format == CSV)
    return of_labels(labels, wanted, notes, format)


def _named(array: NDArray[Any], wanted: Wanted, format: str) -> ParsedPredictions:
    if not wanted.has_own_names or array.size != wanted.examples:
        raise text_rejection("text", wanted)
    labels, notes = array_labels.from_texts(array.reshape(-1), wanted)
    return of_labels(labels, wanted, notes, format)


def text_rejection(what: str, wanted: Wanted) -> Rejection:
    """`value_type`: an array of something else than numbers."""
    hints = {
        Kind.REGRESSION: "Save floats: one column for each target.",
        Kind.MULTILABEL: "Save 0 and 1, or floats: one column for each label.",
    }
    usual = "Save integers (labels) or floats (one column for each class)."
    hint = hints.get(wanted.task.kind, usual)
    return Rejection("value_type", f"The array holds {what}, not plain numbers.", hint)


def _counts(column: NDArray[Any]) -> bool:
    """Whether it counts the rows, from 0 or 1; two rows prove nothing."""
    counting = np.arange(len(column))
    return len(column) > 2 and any(np.array_equal(column, counting + start) for start in (0, 1))


def _is_whole(array: NDArray[Any]) -> bool:
    """Whether nothing lies between whole numbers; NaN and infinity don't count as between."""
    if array.dtype.kind != "f":
        return True
    finite = array[np.isfinite(array)]
    return bool((finite == np.floor(finite)).all())


_READERS = {
    Kind.BINARY: _binary,
    Kind.MULTICLASS: _multiclass,
    Kind.MULTILABEL: _multilabel,
    Kind.REGRESSION: _regression,
}
