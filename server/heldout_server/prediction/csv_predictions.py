"""What the columns of a prediction table mean: ids, labels, or one column for each class."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.csv_dialects import separator_of
from heldout_server.prediction.csv_faults import ID_NAMES, columns_rejection
from heldout_server.prediction.csv_rows import (
    NumberTable,
    TextTable,
    text_table,
    with_plain_line_ends,
)
from heldout_server.prediction.prediction_arrays import (
    ParsedPredictions,
    check_row_count,
    predictions_from_array,
)
from heldout_server.prediction.text_encoding import as_utf8

PANDAS_INDEX = "The first column is pandas' index: it was left out."
_INDEX_NAMES = frozenset({"", "unnamed: 0"})
# Blank lines, quotes and padding are tidied up one by one: no honest file has more of them.
MOST_MARKS_PER_EXAMPLE = 100
_ENDING_NUMBER = re.compile(r"(\d{1,6})\D*$")


def read_csv(data: bytes, *, examples: int, classes: int) -> ParsedPredictions:
    """Predictions from delimited text. Raises `Rejection`; see `docs/files.md` for the codes."""
    _check_marks(data, examples)
    text = text_table(data)
    if examples > classes + 2:
        text = text.in_one_column(examples)
    # One row more is read: pandas may have written the columns' numbers as a header.
    if not 0 < text.rows <= examples + 1:
        check_row_count(text.rows, examples)
    table = text.numbers(classes=classes, columns=_accepted_columns(text, classes))
    table = _without_numbered_header(_without_index(table, classes), examples, classes)
    _check_rows(len(table.values), data, examples)
    values = _without_ids(table, examples, classes)
    parsed = predictions_from_array(values, examples=examples, classes=classes, format="csv")
    return replace(parsed, warnings=(*table.notes, *parsed.warnings))


def _accepted_columns(text: TextTable, classes: int) -> frozenset[int]:
    """How many columns a table may have: one more where pandas has written its index first."""
    usual = frozenset({1, 2, classes, classes + 1})
    header = text.header or b"-"
    first = header.split(separator_of(header), 1)[0].strip(b' "').lower()
    return usual | {3, classes + 2} if first.decode("utf-8") in _INDEX_NAMES else usual


def _without_index(table: NumberTable, classes: int) -> NumberTable:
    """pandas' index, which counts the rows before a column of ids does so again."""
    columns = table.values.shape[1]
    if table.header is None or columns in (1, 2, classes, classes + 1):
        return table
    if not np.array_equal(table.values[:, 0], np.arange(len(table.values))):
        raise columns_rejection(columns, classes, table.header)
    notes = (*table.notes, PANDAS_INDEX)
    return NumberTable(table.header[1:], table.values[:, 1:], notes)


def _check_rows(rows: int, data: bytes, examples: int) -> None:
    """Refuse (`row_count`) too few or too many; a line left empty among them is named."""
    empty = _empty_lines(data) if rows < examples else []
    if empty and len(empty) == examples - rows:
        what = "one prediction is" if len(empty) == 1 else f"{len(empty):,} predictions are"
        raise Rejection(
            "row_count",
            f"Line {empty[0]:,} is empty: {what} missing.",
            f"Give one prediction for each of the {examples:,} test images, in their order.",
        )
    check_row_count(rows, examples)


def _empty_lines(data: bytes) -> list[int]:
    """The numbers of lines without anything in them, but for those at the end."""
    lines = with_plain_line_ends(as_utf8(data)).rstrip().split(b"\n")
    return [number for number, line in enumerate(lines, 1) if not line.strip()]


def _check_marks(data: bytes, examples: int) -> None:
    """Refuse what would keep the reader, and with it the whole server, busy for seconds."""
    most = MOST_MARKS_PER_EXAMPLE * examples
    lines = data.count(b"\n") + data.count(b"\r")
    if lines > most:
        check_row_count(lines, examples)
    if max(data.count(b'"'), data.count(b"  ")) > most:
        raise Rejection(
            "value_type",
            "The file is mostly quotation marks or spaces.",
            "Write plain numbers, separated by single commas.",
        )


def _without_numbered_header(table: NumberTable, examples: int, classes: int) -> NumberTable:
    """pandas names unnamed columns 0, 1, … 9, which is a row of numbers to anyone else."""
    values = table.values
    one_row_more = table.header is None and len(values) == examples + 1
    if one_row_more and np.array_equal(np.sort(values[0]), np.arange(classes)):
        return NumberTable(tuple(str(int(c)) for c in values[0]), values[1:], table.notes)
    return table


def _without_ids(table: NumberTable, examples: int, classes: int) -> NDArray[Any]:
    columns = table.values.shape[1]
    if columns == 1:
        return table.values[:, 0]
    if columns == classes:
        _check_class_order(table.header)
        return table.values
    id_column = _id_column(table)
    _check_ids(table.values[:, id_column], examples, named=table.header is not None)
    rest = np.delete(table.values, id_column, axis=1)
    if table.header is not None and columns > 2:
        _check_class_order(table.header[:id_column] + table.header[id_column + 1 :])
    return rest[:, 0] if columns == 2 else rest


def _id_column(table: NumberTable) -> int:
    if table.header is None:
        return 0
    named = [i for i, name in enumerate(table.header) if name.lower() in ID_NAMES]
    if len(named) != 1:
        raise Rejection(
            "ambiguous",
            f"It is not clear which of the {len(table.header)} columns holds the ids.",
            'Name the columns "id,label", or save the labels alone.',
        )
    return named[0]


def _check_ids(ids: NDArray[np.float64], examples: int, *, named: bool) -> None:
    counting = np.arange(examples, dtype=np.float64)
    if any(np.array_equal(ids, counting + start) for start in (0, 1)):
        return
    ordered = np.sort(ids)
    if any(np.array_equal(ordered, counting + start) for start in (0, 1)):
        raise Rejection(
            "id_order",
            "The ids are complete but not in order.",
            "Sort the rows by id before saving: table.sort_values('id').",
        )
    what = "The ids" if named else "The first column"
    raise Rejection(
        "ids",
        f"{what} should count from 0 to {examples - 1:,} or from 1 to {examples:,}, and "
        f"{'has' if not named else 'have'} {_id_fault(ids, ordered)}.",
        "Number the rows in the order of the test images, or leave the ids away.",
    )


def _id_fault(ids: NDArray[np.float64], ordered: NDArray[np.float64]) -> str:
    if not np.isfinite(ids).all() or (ids != np.floor(ids)).any():
        return "values that are not whole numbers"
    repeated = np.flatnonzero(np.diff(ordered) == 0)
    if repeated.size:
        return f"{ordered[repeated[0]]:,.6g} more than once"
    return f"numbers from {ordered[0]:,.6g} to {ordered[-1]:,.6g}"


def _check_class_order(header: tuple[str, ...] | None) -> None:
    """Columns named after classes have to be in the classes' order."""
    endings = [_ENDING_NUMBER.search(name) for name in header or ()]
    numbers = [int(match[1]) for match in endings if match]
    if len(set(numbers)) == len(endings) and numbers != sorted(numbers):
        raise Rejection(
            "columns",
            "The header names the classes in another order than 0, 1, 2, ….",
            "Put the columns in the order of the classes before saving.",
        )
