"""What is wrong with a table of numbers, where it is, and the line that mends it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence

from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.task_words import Words
from heldout_server.prediction.wanted import Wanted
from heldout_server.tasks.kinds import Kind

LONGEST_LINE_TO_PASTE = 200
_KEPT = {1: "one", 2: "two"}
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


MOST_COLUMNS_OF_PREDICTIONS = 100
MOST_CELLS = 5_000


def columns_rejection(
    columns: int, wanted: Wanted, names: tuple[str, ...] | None = None
) -> Rejection:
    """`columns`: a table that is neither labels nor one column for each class or output."""
    inputs = ""
    if columns > max(MOST_COLUMNS_OF_PREDICTIONS, wanted.widths[-1] + 2):
        what = "images" if wanted.words.examples == "images" else "inputs"
        inputs = f"Save predictions, not {what}. "
    hint = f"{inputs}Give {_usual_columns(wanted)}; an id column may come first."
    known = _columns_to_keep(names, wanted) if names and not inputs else ""
    return Rejection("columns", f"The table has {counted(columns)}.", known or hint)


def _usual_columns(wanted: Wanted) -> str:
    task, most = wanted.task, wanted.widths[-1]
    if task.kind is Kind.MULTICLASS:
        return f"one column (the label), or {most} (one for each class)"
    if task.kind is Kind.BINARY:
        positive = printable(task.classes[task.positive], 40)
        return f"one column (the label, or the probability of {positive!r}), or 2 (one a class)"
    if most == 1:
        return f"one column ({'0 or 1' if task.kind is Kind.MULTILABEL else 'the number'})"
    each = "label" if task.kind is Kind.MULTILABEL else "target"
    return f"{most} columns (one for each {each})"


def _columns_to_keep(names: tuple[str, ...], wanted: Wanted) -> str:
    """The line that keeps the columns that are wanted, by their names; "" where none is known."""
    known = {name.lower(): name for name in reversed(names)}
    kept = [known[target.lower()] for target in wanted.task.targets if target.lower() in known]
    if len(kept) != len(wanted.task.targets) or not kept:
        kept = [known[name] for name in _PREDICTED_NAMES if name in known][:1]
    if not kept or len(kept) not in wanted.widths:
        return ""
    ids = next((name for name in names if name and name.lower() in ID_NAMES), None)
    kept = kept if ids is None else [ids, *kept]
    if sum(map(len, kept)) > LONGEST_LINE_TO_PASTE:
        return ""
    shown = ", ".join(f'"{printable(name)}"' for name in kept)
    many = _KEPT.get(len(kept), f"{len(kept)}")
    return f"Keep {many}: df[[{shown}]].to_csv(path, index=False)."


def counted(columns: int) -> str:
    """`1 column`, `2 columns`."""
    return f"{columns:,} column" if columns == 1 else f"{columns:,} columns"


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of one line; a separator in quotes is none. Raises Rejection (`value_type`)."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [""])
    except csv.Error:
        raise Rejection("value_type", "A cell in quotes can't be read.", _FIX_CELLS) from None


def cell_count(line: str, separator: str) -> int:
    """How many cells one line has; a flood of them is counted without taking it apart."""
    plain = line.count(separator) + 1
    return plain if '"' not in line or plain > MOST_CELLS else len(cells_of(line, separator))


def joined(cells: Sequence[str], separator: str) -> str:
    """The line that `cells_of` would take apart into these cells."""
    quoted = (
        '"' + cell.replace('"', '""') + '"' if '"' in cell or separator in cell else cell
        for cell in cells
    )
    return separator.join(quoted)


def bad_cell(
    rows: Iterable[Sequence[str]],
    first_line: int,
    words: Words,
    *,
    kept: Sequence[int] | None = None,
    names_first: bool = False,
) -> Rejection:
    """The first cell that is no plain number, and what it may have been meant as.

    `kept` are the columns' places in the file, where some were taken out; `names_first`: the first
    column holds names.
    """
    cells = ((row, i, c) for row, x in enumerate(rows) for i, c in enumerate(x))
    for row, column, cell in cells:
        code = cell_fault(cell)
        if code is not None:
            if column == 0 and names_first:
                return _names_rejection(cell, words)
            shown = printable(cell[:80], 40)
            what = f"is {shown!r}" if shown else "is empty"
            at = column if kept is None or column >= len(kept) else kept[column]
            place = f"Line {row + first_line:,}, column {at + 1},"
            wrapped = _WRAPPED.fullmatch(cell.strip()[:80])
            hint = "Write int(label): labels.tolist() before the table." if wrapped else _FIX_CELLS
            return Rejection(code, f"{place} {what}, which is not a number.", hint)
    return Rejection("value_type", "A cell is not a number.", _FIX_CELLS)


def is_column_of_names(rows: Iterable[Sequence[str]]) -> bool:
    """Whether the first column holds words, judged by its first cells."""
    return all(
        len(row) > 1 and row[0].strip()[:1].isalpha() and cell_fault(row[0]) == "value_type"
        for row, _ in zip(rows, range(_ROWS_THAT_TELL), strict=False)
    )


def _names_rejection(cell: str, words: Words) -> Rejection:
    return Rejection(
        "ids",
        f"Column 1 holds names, such as {printable(cell[:80], 40)!r}.",
        f"Leave it away, with the rows in the order of {words.test_inputs}.",
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
