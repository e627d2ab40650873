"""From an array of numbers to predictions: shape, range, and what the numbers mean.

Every reader (`npy`, `csv_rows`, and the array that a scored model leaves behind) ends here, so
that the same numbers mean the same thing however they arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.known_formats import Format

Output = Literal["labels", "probabilities", "logits", "scores"]

ROW_SUM_TOLERANCE = 1e-3
# A softmax in float32 may give 1.0000001, which is still a probability.
UNIT_INTERVAL_TOLERANCE = 1e-6
KAGGLE_DIGITS_TEST_EXAMPLES = 28_000
TRAINING_SET_SIZES = (42_000, 48_000, 50_000, 54_000, 55_000, 60_000)
SHORTEST_ACCEPTED = 'np.save("predictions.npy", model.predict(x_test))'
SAVE_ARRAY = f"Save your predictions with {SHORTEST_ACCEPTED}."


@dataclass(frozen=True)
class ParsedPredictions:
    """Predictions for every hidden example, in the dataset's order.

    `labels` is int64 (n,) in 0..classes-1. `values` is float32 (n, classes), finite, or None
    when the file held labels only. `format` is the container: "npy", "npz" or "csv".
    """

    labels: NDArray[np.int64]
    values: NDArray[np.float32] | None
    output: Output
    warnings: tuple[str, ...]
    format: str


def format_rejection(known: Format) -> Rejection:
    """`format`: a file that holds something other than predictions to read."""
    sentence = f"This is {known.what}, not a prediction file."
    return Rejection("format", sentence, known.hint or SAVE_ARRAY)


def check_row_count(rows: int, examples: int) -> None:
    """Refuse (`row_count`) unless there is exactly one row for each hidden example."""
    if rows == examples:
        return
    raise Rejection(
        "row_count",
        f"The file has {rows:,} predictions; the test set has {examples:,} images.",
        _row_count_hint(rows, examples),
    )


def _row_count_hint(rows: int, examples: int) -> str:
    if abs(rows - KAGGLE_DIGITS_TEST_EXAMPLES) <= 2:
        return (
            "28,000 rows is Kaggle's Digit Recognizer, which is another test set with other "
            "images. Predict on client.test_images() instead."
        )
    if rows in TRAINING_SET_SIZES:
        return (
            f"{rows:,} looks like the training images. Predict on the test images: "
            "client.test_images()."
        )
    if rows == examples + 1:
        return "There is one row too many: perhaps a column name was saved as the first row."
    return f"Give one prediction for each of the {examples:,} test images, in their order."


def predictions_from_array(
    array: NDArray[Any], *, examples: int, classes: int, format: str
) -> ParsedPredictions:
    """Predictions from an array of shape (n,), (n, 1) or (n, classes).

    Booleans are accepted as one-hot rows only. Raises `Rejection` with `shape`, `row_count`,
    `value_type`, `label_range` or `non_finite`.
    """
    _check_shape(array.shape, examples=examples, classes=classes)
    if array.ndim == 2 and array.shape[1] == classes > 1:
        return _from_values(array, format)
    return _from_labels(array.reshape(-1), classes, format)


def _check_shape(shape: tuple[int, ...], *, examples: int, classes: int) -> None:
    if len(shape) in (1, 2) and shape[1:] in ((), (1,), (classes,)):
        check_row_count(shape[0], examples)
    else:
        raise _shape_rejection(shape, examples, classes)


def _shape_rejection(shape: tuple[int, ...], examples: int, classes: int) -> Rejection:
    wanted = f"({examples},) or ({examples}, {classes})"
    shown = "(" + ", ".join(str(d) for d in shape[:6]) + (", …)" if len(shape) > 6 else ")")
    return Rejection(
        "shape",
        f"The array has shape {shown}; it has to be {wanted}.",
        _shape_hint(shape, examples, classes),
    )


def _shape_hint(shape: tuple[int, ...], examples: int, classes: int) -> str:
    if shape == (classes, examples):
        return "It is transposed: save predictions.T instead."
    if shape == (1, examples):
        return "Save predictions.ravel() instead."
    if shape in ((examples, 2), (examples, classes + 1)):
        return "The first column looks like ids: save predictions[:, 1:] without it."
    if len(shape) > 2 and sorted(d for d in shape if d != 1) in (
        sorted((examples,)),
        sorted((examples, classes)),
    ):
        return "Save np.squeeze(predictions) instead."
    batches = _batches_hint(shape, examples, classes)
    if batches:
        return batches
    if len(shape) >= 3:
        return f"These look like images. Predict first: {SHORTEST_ACCEPTED}."
    return f"Save what predict returns for all test images: {SHORTEST_ACCEPTED}."


def _batches_hint(shape: tuple[int, ...], examples: int, classes: int) -> str:
    """For predictions of one batch after the other that nobody has joined; "" for others."""
    if len(shape) == 3 and shape[-1] == classes and shape[0] * shape[1] == examples:
        return f"These are batches: np.concatenate(batches) or predictions.reshape(-1, {classes})."
    if len(shape) == 2 and shape[0] * shape[1] == examples:
        return "These are batches: np.concatenate(batches) or predictions.reshape(-1)."
    return ""


def _from_labels(array: NDArray[Any], classes: int, format: str) -> ParsedPredictions:
    if array.dtype.kind == "b":
        raise Rejection(
            "value_type",
            "The labels are True and False.",
            f"Save whole numbers from 0 to {classes - 1}: predictions.argmax(axis=1).",
        )
    if array.dtype.kind == "f":
        _check_whole(array, classes)
    # Compared in the array's own dtype: uint64 would wrap and float64 overflow in a cast.
    if array.min() < 0 or array.max() > classes - 1:
        raise _label_range_rejection(array, classes)
    return ParsedPredictions(array.astype(np.int64), None, "labels", (), format)


def _check_whole(array: NDArray[Any], classes: int) -> None:
    _check_finite(array)
    broken = np.flatnonzero(array != np.floor(array))
    if broken.size:
        row = int(broken[0])
        raise Rejection(
            "value_type",
            f"Label {row + 1:,} is {float(array[row]):g}, which is not a whole number.",
            f"Labels are whole numbers from 0 to {classes - 1}. For probabilities give all "
            f"{classes} columns: {SHORTEST_ACCEPTED}.",
        )


def _check_finite(array: NDArray[Any]) -> None:
    if not np.isfinite(array).all():
        count = int(array.size - np.count_nonzero(np.isfinite(array)))
        raise Rejection(
            "non_finite",
            f"{count:,} of {array.size:,} values are NaN or infinite.",
            "Look at the model's loss: NaN usually means that the learning rate was too high. "
            "Check with np.isfinite(predictions).all() before submitting.",
        )


def _label_range_rejection(array: NDArray[Any], classes: int) -> Rejection:
    low, high = float(array.min()), float(array.max())
    if low >= 1 and high == classes:
        hint = f"The labels look shifted by one: subtract 1, so that they run 0 to {classes - 1}."
    elif high in (array.size - 1, array.size):
        hint = "These look like ids, not labels: save the column with the labels."
    else:
        hint = f"Labels are whole numbers from 0 to {classes - 1}: predictions.argmax(axis=1)."
    detail = f"Labels run from {low:,.6g} to {high:,.6g}; they have to be 0 to {classes - 1}."
    return Rejection("label_range", detail, hint)


def _from_values(array: NDArray[Any], format: str) -> ParsedPredictions:
    with np.errstate(over="ignore", invalid="ignore"):
        # A float64 above float32's range becomes infinite and is refused below as such.
        values = np.ascontiguousarray(array, dtype=np.float32)
    _check_finite(values)
    output = output_kind(values)
    if output == "probabilities":
        values = values.clip(0.0, 1.0)
    return ParsedPredictions(values.argmax(axis=1), values, output, _tie_warnings(values), format)


def output_kind(values: NDArray[np.float32]) -> Output:
    """What finite rows (n, classes) are: `probabilities`, `logits` or unnormalised `scores`."""
    low, high = float(values.min()), float(values.max())
    if low < -UNIT_INTERVAL_TOLERANCE or high > 1 + UNIT_INTERVAL_TOLERANCE:
        return "logits"
    # Sums down the columns of a transposed copy take a tenth of the time of short rows.
    sums = np.ascontiguousarray(values.T).sum(axis=0, dtype=np.float64)
    if np.abs(sums - 1.0).max() <= ROW_SUM_TOLERANCE:
        return "probabilities"
    return "scores"


def _tie_warnings(values: NDArray[np.float32]) -> tuple[str, ...]:
    by_class = np.ascontiguousarray(values.T)
    tied = np.count_nonzero((by_class == by_class.max(axis=0)).sum(axis=0, dtype=np.uint32) > 1)
    if not tied:
        return ()
    return (
        f"In {tied:,} rows two or more classes share the highest value; the lowest class counts.",
    )
