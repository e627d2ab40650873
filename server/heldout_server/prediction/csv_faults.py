"""What is wrong with a table of numbers, where it is, and the line that mends it."""

from __future__ import annotations

import re

from heldout_server.kit.errors import Rejection, printable

LONGEST_CELL = 64  # np.savetxt's "%.18e" takes 25
NUMBER_BYTES = b"0123456789+-.eE"
_NOT_FINITE = {"nan", "inf", "infinity", "na", "n/a", "#n/a", "1.#inf", "1.#qnan"}
_FIX_CELLS = "Every cell is a plain number such as 7 or 0.125."
# tensor(7), [7], np.int64(7)
_WRAPPED = re.compile(r"([A-Za-z_][\w.]{0,20})?[\[(].*")
_ROWS_THAT_TELL = 3
ID_NAMES = frozenset(
    {"id", "ids", "imageid", "image_id", "image id", "image", "index", "idx", "row", "rowid"}
    | {"row_id", "number", "no", "example", "exampleid", "example_id", "key", "", "unnamed: 0"}
)
# What a column of predictions is called, the surest name first.
_PREDICTED_NAMES = (
    "predicted_label", "predicted label", "predicted", "prediction", "predictions", "pred",
    "preds", "y_pred", "label", "labels", "class", "digit",
)  # fmt: skip


def columns_rejection(
    columns: int, classes: int, names: tuple[str, ...] | None = None
) -> Rejection:
    """`columns`: a table that is neither labels nor one column for each class."""
    images = "Save predictions, not images. " if columns > 100 else ""
    hint = (
        f"{images}Give one column (the label), or {classes} (one for each class); an id column "
        "may come first."
    )
    known = _columns_to_keep(names) if names and not images else ""
    return Rejection("columns", f"The table has {counted(columns)}.", known or hint)


def _columns_to_keep(names: tuple[str, ...]) -> str:
    """The line that keeps the columns that are wanted, by their names; "" where none is known."""
    known = {name.lower(): name for name in reversed(names)}
    predicted = next((known[name] for name in _PREDICTED_NAMES if name in known), None)
    if predicted is None:
        return ""
    ids = next((name for name in names if name and name.lower() in ID_NAMES), None)
    kept = ", ".join(f'"{name}"' for name in (ids, predicted) if name is not None)
    many = "one" if ids is None else "two"
    return f"Keep {many}: df[[{kept}]].to_csv(path, index=False)."


def counted(columns: int) -> str:
    """`1 column`, `2 columns`."""
    return f"{columns:,} column" if columns == 1 else f"{columns:,} columns"


def bad_cell(lines: list[str], separator: str, first_line: int) -> Rejection:
    """The first cell that is no plain number, and what it may have been meant as."""
    cells = ((row, i, c) for row, x in enumerate(lines) for i, c in enumerate(x.split(separator)))
    for row, column, cell in cells:
        code = cell_fault(cell)
        if code is not None:
            if column == 0 and _is_column_of_names(lines, separator):
                return _names_rejection(cell)
            shown = printable(cell[:80], 40)
            what = f"is {shown!r}" if shown else "is empty"
            place = f"Line {row + first_line:,}, column {column + 1},"
            wrapped = _WRAPPED.fullmatch(cell.strip()[:80])
            hint = "Write int(label): labels.tolist() before the table." if wrapped else _FIX_CELLS
            return Rejection(code, f"{place} {what}, which is not a number.", hint)
    return Rejection("value_type", "A cell is not a number.", _FIX_CELLS)


def _is_column_of_names(lines: list[str], separator: str) -> bool:
    cells = [line.split(separator) for line in lines[:_ROWS_THAT_TELL]]
    return all(
        len(row) > 1 and row[0].strip()[:1].isalpha() and cell_fault(row[0]) == "value_type"
        for row in cells
    )


def _names_rejection(cell: str) -> Rejection:
    return Rejection(
        "ids",
        f"Column 1 holds names, such as {printable(cell[:80], 40)!r}.",
        "Leave it away, with the rows in the order of client.test_images().",
    )


def cell_fault(cell: str) -> str | None:
    """The code for a cell that is not a plain finite number; None for one that is."""
    if len(cell) > LONGEST_CELL:
        return "value_type"
    text = cell.strip().lower()
    if text.lstrip("+-") in _NOT_FINITE:
        return "non_finite"
    if text.encode().translate(None, NUMBER_BYTES):
        return "value_type"
    try:
        float(text)
    except ValueError:
        return "value_type"
    return None
