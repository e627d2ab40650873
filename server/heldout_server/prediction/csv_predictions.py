"""A table to predictions: its rows by their ids, its labels by their names, its columns by theirs.

What neither ids nor names of classes need takes the fast way: every cell is a number.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection
from heldout_server.prediction import csv_columns
from heldout_server.prediction.array_labels import unknown_rejection
from heldout_server.prediction.array_shapes import check_row_count, one_for_each
from heldout_server.prediction.class_names import (
    UnknownLabel,
    folded,
    folded_names,
    numbers_of,
)
from heldout_server.prediction.csv_columns import Layout, layout_of
from heldout_server.prediction.csv_dialects import separator_of
from heldout_server.prediction.csv_faults import cell_fault, cells_of, columns_rejection
from heldout_server.prediction.csv_ids import places_of
from heldout_server.prediction.csv_rows import (
    LONGEST_HEADER_BYTES,
    Rows,
    TextTable,
    text_table,
    with_plain_line_ends,
)
from heldout_server.prediction.prediction_arrays import (
    CSV,
    ParsedPredictions,
    of_labels,
    read_array,
)
from heldout_server.prediction.text_encoding import as_utf8
from heldout_server.prediction.wanted import Wanted
from heldout_server.tasks.kinds import Kind

PANDAS_INDEX = "The first column is pandas' index: it was left out."
TRUE_AND_FALSE = "True was read as 1, False as 0."
# Blank lines, quotes and padding are tidied up one by one: no honest file has more of them.
MOST_MARKS_PER_EXAMPLE = 100
_TRUTHS = re.compile(rb"(?<![^,;\t\n ])(true|false)(?![^,;\t\n ])", re.I)


def read_csv(data: bytes, wanted: Wanted) -> ParsedPredictions:
    """Predictions from delimited text. Raises `Rejection`; see `docs/files.md` for the codes."""
    _check_marks(data, wanted)
    text = text_table(data)
    if wanted.examples > wanted.widths[-1] + 2 and 1 in wanted.widths:
        text = text.in_one_column(wanted.examples)
    text = _with_first_row(text, wanted)
    # One row more is read: pandas may have written the columns' numbers as a header. Where there
    # are ids, those of further rows tell more than their count.
    most = wanted.examples + 1 if wanted.ids is None else 2 * wanted.examples + 1
    if not 0 < text.rows <= most:
        check_row_count(text.rows, wanted)
    widths = csv_columns.accepted_widths(text.header, _first_name(text), wanted)
    rows = _with_plain_truths(text.split(wanted, widths), wanted)
    if wanted.ids is None and not wanted.has_own_names:
        return _of_numbers(rows, data, wanted)
    return _of_text(rows, data, wanted)


def _first_name(text: TextTable) -> str:
    header = text.header or b"-"
    return header.split(separator_of(header), 1)[0].strip(b' "').decode("utf-8")


def _with_first_row(text: TextTable, wanted: Wanted) -> TextTable:
    """A first line of words is a row, not a header, where they are an id or a class's name."""
    if text.header is None or len(text.header) > LONGEST_HEADER_BYTES:
        return text
    separator = (separator_of(text.header) or b",").decode("ascii")
    cells = [cell.strip() for cell in cells_of(text.header.decode("utf-8"), separator)]
    if wanted.ids is not None and len(cells) > 1 and (wanted.ids == cells[0]).any():
        return text.without_header()
    is_row = _is_label(cells[-1], wanted) and _is_truth(cells[-1])
    if text.rows == wanted.examples - 1 and len(cells) <= 2:
        # A column may be called as a class: then what follows are numbers.
        second = text.body.partition(b"\n")[0].decode("utf-8")
        labels = (cells[-1], cells_of(second or cells[-1], separator)[-1])
        is_row = is_row or all(_is_label(label, wanted) for label in labels)
    return text.without_header() if is_row else text


def _is_label(cell: str, wanted: Wanted) -> bool:
    """Whether it is a class's name, or True or False where labels may be so."""
    if _is_truth(cell) and wanted.task.kind in (Kind.BINARY, Kind.MULTILABEL):
        return True
    return wanted.has_own_names and folded(cell) in folded_names(wanted.task)


def _is_truth(cell: str) -> bool:
    return folded(cell) in ("true", "false")


def _with_plain_truths(rows: Rows, wanted: Wanted) -> Rows:
    """Labels that are written as True and False, as 1 and 0."""
    if wanted.task.kind is not Kind.MULTILABEL or not _TRUTHS.search(rows.body):
        return rows
    body = _TRUTHS.sub(lambda found: b"1" if found[1].lower() == b"true" else b"0", rows.body)
    lines = body.decode("utf-8").split("\n")
    return replace(rows, body=body, lines=lines, notes=(*rows.notes, TRUE_AND_FALSE))


def _of_numbers(rows: Rows, data: bytes, wanted: Wanted) -> ParsedPredictions:
    """A table without text: ids, if there are any, count from 0 or 1."""
    values = rows.numbers()
    if _is_numbered_header(rows, values, wanted):
        header = tuple(str(int(column)) for column in values[0])
        rows, values = replace(rows, header=header, lines=rows.lines[1:]), values[1:]
    layout = _layout(rows, wanted)
    notes = _check_index(layout, values, rows, wanted)
    _check_rows(len(values), data, wanted)
    if layout.ids is not None:
        _check_counting(values[:, layout.ids], wanted, named=rows.header is not None)
    return _parsed(_columns(values, layout.values), wanted, (*rows.notes, *notes, *layout.notes))


def _layout(rows: Rows, wanted: Wanted) -> Layout:
    return layout_of(rows.header, rows.first(csv_columns.ROWS_THAT_TELL), wanted)


def _is_numbered_header(rows: Rows, values: NDArray[np.float64], wanted: Wanted) -> bool:
    """pandas names unnamed columns 0, 1, … 9, which is a row of numbers to anyone else."""
    one_more = rows.header is None and len(values) == wanted.examples + 1
    outputs = wanted.widths[-1]
    return one_more and np.array_equal(np.sort(values[0]), np.arange(outputs))


def _check_index(
    layout: Layout, values: NDArray[np.float64], rows: Rows, wanted: Wanted
) -> tuple[str, ...]:
    """A note on pandas' index, which counts the rows before a column of ids does so again."""
    if layout.index is None:
        return ()
    if not np.array_equal(values[:, layout.index], np.arange(len(values))):
        raise columns_rejection(values.shape[1], wanted, rows.header)
    return (PANDAS_INDEX,)


def _columns(values: NDArray[np.float64], columns: tuple[int, ...]) -> NDArray[np.float64]:
    """(rows,) or (rows, columns), contiguous; without a copy where nothing is left out."""
    if len(columns) == 1:
        return np.ascontiguousarray(values[:, columns[0]])
    return values if columns == tuple(range(values.shape[1])) else values[:, list(columns)]


def _parsed(array: NDArray[Any], wanted: Wanted, notes: tuple[str, ...]) -> ParsedPredictions:
    parsed = read_array(array, wanted, CSV)
    return replace(parsed, warnings=(*notes, *parsed.warnings))


def _of_text(rows: Rows, data: bytes, wanted: Wanted) -> ParsedPredictions:
    """A table whose ids or labels may be text."""
    rows, dropped = _without_numbered_header(rows, wanted)
    layout = _layout(rows, wanted)
    places, notes = None, (*rows.notes, *dropped, *layout.notes)
    if layout.ids is not None and wanted.ids is not None:
        found, rows = rows.without(layout.ids)
        places, said = places_of(found, wanted)
        notes, layout = (*notes, *said), _after(layout, layout.ids)
    else:
        _check_rows(len(rows.lines), data, wanted)
    labels = _names(rows, layout, wanted)
    if labels is not None:
        numbers, said = labels
        notes = (*notes, *_check_other_ids(rows, layout, wanted))
        parsed = of_labels(_in_places(numbers, places), wanted, said, CSV)
        return replace(parsed, warnings=(*notes, *parsed.warnings))
    values = rows.numbers()
    notes = (*notes, *_check_index(layout, values, rows, wanted))
    if layout.ids is not None:
        _check_counting(values[:, layout.ids], wanted, named=rows.header is not None)
    return _parsed(_in_places(_columns(values, layout.values), places), wanted, notes)


def _without_numbered_header(rows: Rows, wanted: Wanted) -> tuple[Rows, tuple[str, ...]]:
    first = rows.first(1)[0]
    numbered = rows.header is None and len(rows.lines) == wanted.examples + 1
    if not numbered or sorted(first) != sorted(map(str, range(wanted.widths[-1]))):
        return rows, ()
    left = rows.lines[1:]
    return replace(rows, header=tuple(first), body="\n".join(left).encode(), lines=left), ()


def _after(layout: Layout, taken: int) -> Layout:
    """The layout of the same table without its column of ids."""
    values = tuple(column - (column > taken) for column in layout.values)
    index = None if layout.index is None else layout.index - (layout.index > taken)
    return replace(layout, values=values, ids=None, index=index)


def _names(rows: Rows, layout: Layout, wanted: Wanted) -> tuple[NDArray[np.int64], Any] | None:
    """The labels, where one column has them as text; None where it has numbers."""
    if len(layout.values) > 1 or not wanted.has_own_names:
        return None
    texts, _ = rows.without(layout.values[0])
    if _are_numbers(texts) or not _any_name(texts, wanted):
        return None
    try:
        return numbers_of(texts, wanted.task)
    except UnknownLabel as unknown:
        column = rows.kept[layout.values[0]] + 1
        place = f"Line {unknown.row + rows.first_line:,}, column {column},"
        code = cell_fault(unknown.text) or "label_range"
        raise unknown_rejection(place, unknown.text, wanted, code) from None


def _are_numbers(texts: list[str]) -> bool:
    try:
        np.array(texts).astype(np.float64)
    except ValueError:
        return False
    return True


def _any_name(texts: list[str], wanted: Wanted) -> bool:
    """Whether they are meant as names: one is a class's, or none is a number."""
    different = set(texts)
    return any(_is_label(one, wanted) for one in different) or all(map(cell_fault, different))


def _check_other_ids(rows: Rows, layout: Layout, wanted: Wanted) -> tuple[str, ...]:
    """The ids beside names, where the contest declares none, and pandas' index."""
    if layout.ids is None and layout.index is None:
        return ()
    _, numbers = rows.without(layout.values[0])
    others, values = _after(layout, layout.values[0]), numbers.numbers()
    notes = _check_index(others, values, rows, wanted)
    if layout.ids is not None:
        at = layout.ids - (layout.ids > layout.values[0])
        _check_counting(values[:, at], wanted, named=rows.header is not None)
    return notes


def _in_places(array: NDArray[Any], places: NDArray[np.intp] | None) -> NDArray[Any]:
    """Rows in the order of the examples."""
    if places is None:
        return array
    ordered = np.empty_like(array)
    ordered[places] = array
    return ordered


def _check_rows(rows: int, data: bytes, wanted: Wanted) -> None:
    """Refuse (`row_count`) too few or too many; a line left empty among them is named."""
    empty = _empty_lines(data) if rows < wanted.examples else []
    if empty and len(empty) == wanted.examples - rows:
        what = "one prediction is" if len(empty) == 1 else f"{len(empty):,} predictions are"
        raise Rejection(
            "row_count", f"Line {empty[0]:,} is empty: {what} missing.", one_for_each(wanted)
        )
    check_row_count(rows, wanted)


def _empty_lines(data: bytes) -> list[int]:
    """The numbers of lines without anything in them, but for those at the end."""
    lines = with_plain_line_ends(as_utf8(data)).rstrip().split(b"\n")
    return [number for number, line in enumerate(lines, 1) if not line.strip()]


def _check_marks(data: bytes, wanted: Wanted) -> None:
    """Refuse what would keep the reader, and with it the whole server, busy for seconds."""
    most = MOST_MARKS_PER_EXAMPLE * wanted.examples
    lines = data.count(b"\n") + data.count(b"\r")
    if lines > most:
        check_row_count(lines, wanted)
    if max(data.count(b'"'), data.count(b"  ")) > most:
        raise Rejection(
            "value_type",
            "The file is mostly quotation marks or spaces.",
            "Write plain numbers, separated by single commas.",
        )


def _check_counting(ids: NDArray[np.float64], wanted: Wanted, *, named: bool) -> None:
    examples = wanted.examples
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
        f"Number the rows in the order of the test {wanted.words.examples}, or leave the ids away.",
    )


def _id_fault(ids: NDArray[np.float64], ordered: NDArray[np.float64]) -> str:
    if not np.isfinite(ids).all() or (ids != np.floor(ids)).any():
        return "values that are not whole numbers"
    repeated = np.flatnonzero(np.diff(ordered) == 0)
    if repeated.size:
        return f"{ordered[repeated[0]]:,.6g} more than once"
    return f"numbers from {ordered[0]:,.6g} to {ordered[-1]:,.6g}"
