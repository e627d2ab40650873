"""Of what shape an array of predictions has to be, and what another one may be. Pure."""

from __future__ import annotations

import math

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.wanted import KERAS, Wanted
from heldout_server.tasks.kinds import Kind

KAGGLE_DIGITS_TEST_EXAMPLES = 28_000
TRAINING_SET_SIZES = (42_000, 48_000, 50_000, 54_000, 55_000, 60_000)
SHORTEST_ACCEPTED = KERAS
SAVE_ARRAY = f"Save your predictions with {SHORTEST_ACCEPTED}."


def check_row_count(rows: int, wanted: Wanted) -> None:
    """Refuse (`row_count`) unless there is exactly one row for each hidden example."""
    if rows == wanted.examples:
        return
    raise Rejection(
        "row_count",
        f"The file has {rows:,} predictions; the test set has {wanted.examples:,} "
        f"{wanted.words.examples}.",
        _row_count_hint(rows, wanted),
    )


def one_for_each(wanted: Wanted) -> str:
    """What is asked of whoever left some out."""
    return (
        f"Give one prediction for each of the {wanted.examples:,} test {wanted.words.examples}, "
        "in their order."
    )


def _row_count_hint(rows: int, wanted: Wanted) -> str:
    if wanted.words.of_mnist:
        known = _mnist_hint(rows, wanted)
        if known:
            return known
    if rows == wanted.examples + 1:
        return "There is one row too many: perhaps a column name was saved as the first row."
    return one_for_each(wanted)


def _mnist_hint(rows: int, wanted: Wanted) -> str:
    if abs(rows - KAGGLE_DIGITS_TEST_EXAMPLES) <= 2:
        return (
            "28,000 rows is Kaggle's Digit Recognizer, which is another test set with other "
            f"images. Predict on {wanted.words.test_inputs} instead."
        )
    if rows in TRAINING_SET_SIZES:
        return (
            f"{rows:,} looks like the training images. Predict on the test images: "
            f"{wanted.words.test_inputs}."
        )
    return ""


def check_shape(shape: tuple[int, ...], wanted: Wanted) -> None:
    """Refuse (`shape`, `row_count`) what is neither labels nor the columns of the task."""
    width = shape[1] if len(shape) == 2 else 1
    if len(shape) in (1, 2) and width in wanted.widths:
        check_row_count(shape[0], wanted)
    else:
        raise shape_rejection(shape, wanted)


def shape_rejection(shape: tuple[int, ...], wanted: Wanted, hint: str = "") -> Rejection:
    """`shape`: the array's, and what it has to be."""
    usual = [f"({wanted.examples},)"] if 1 in wanted.widths else []
    if wanted.widths[-1] > 1:
        usual.append(f"({wanted.examples}, {wanted.widths[-1]})")
    shown = "(" + ", ".join(str(d) for d in shape[:6]) + (", …)" if len(shape) > 6 else ")")
    return Rejection(
        "shape",
        f"The array has shape {shown}; it has to be {' or '.join(usual)}.",
        hint or _shape_hint(shape, wanted),
    )


IDS_FIRST = "The first column looks like ids: save predictions[:, 1:] without it."


def _shape_hint(shape: tuple[int, ...], wanted: Wanted) -> str:
    examples, most = wanted.examples, wanted.widths[-1]
    if shape == (most, examples) and most > 1:
        return "It is transposed: save predictions.T instead."
    if shape == (1, examples) and 1 in wanted.widths:
        return "Save predictions.ravel() instead."
    if len(shape) == 2 and shape[0] == examples and shape[1] - 1 in wanted.widths:
        return IDS_FIRST
    if len(shape) > 2 and sorted(d for d in shape if d != 1) in (
        sorted((examples,)),
        sorted((examples, most)),
    ):
        return "Save np.squeeze(predictions) instead."
    return _batches_hint(shape, wanted) or _columns_hint(shape, wanted)


def _batches_hint(shape: tuple[int, ...], wanted: Wanted) -> str:
    """For predictions of one batch after the other that nobody has joined; "" for others."""
    most = wanted.widths[-1]
    if len(shape) == 3 and shape[-1] == most and shape[0] * shape[1] == wanted.examples:
        return f"These are batches: np.concatenate(batches) or predictions.reshape(-1, {most})."
    if len(shape) == 2 and math.prod(shape) == wanted.examples:
        return "These are batches: np.concatenate(batches) or predictions.reshape(-1)."
    return ""


def _columns_hint(shape: tuple[int, ...], wanted: Wanted) -> str:
    if wanted.task.kind in (Kind.MULTILABEL, Kind.REGRESSION) and len(shape) in (1, 2):
        what = "label, 0 or 1" if wanted.task.kind is Kind.MULTILABEL else "target"
        return f"Save one column for each {what}: {wanted.words.classes}."
    if len(shape) >= 3:
        what = "images" if wanted.words.examples == "images" else "inputs"
        return f"These look like {what}. Predict first: {SHORTEST_ACCEPTED}."
    return f"Save what predict returns for all test {wanted.words.examples}: {SHORTEST_ACCEPTED}."
