"""Delimited text to a table of numbers: strict about every byte, lenient about the dialect.

Accepted: comma, semicolon, tab or spaces (what `np.savetxt` writes); any line ending, a UTF-8
byte-order mark, quoted cells, one header line, and what `csv_dialects` knows. Refused, with the
line that is wrong: anything that is not a plain decimal number, and uneven rows. Columns of text,
ids and names of classes, are taken out before.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection
from heldout_server.prediction import csv_dialects
from heldout_server.prediction.csv_faults import (
    LONGEST_CELL,
    NUMBER_BYTES,
    bad_cell,
    cell_count,
    cells_of,
    columns_rejection,
    counted,
    is_column_of_names,
    joined,
)
from heldout_server.prediction.task_words import Words
from heldout_server.prediction.text_encoding import as_utf8
from heldout_server.prediction.wanted import Wanted

try:
    import orjson
except ImportError:  # only speed is lost
    orjson = None  # type: ignore[assignment]

LONGEST_HEADER_BYTES = 10_000
# A first line that tells Excel which separator follows.
_EXCEL_SEPARATOR = re.compile(rb"\A\"?sep=[,;\t]\"?\r?\n")
_BLANKS = re.compile(rb"[ \t]*\n[ \t\n]*")
_SPACES = re.compile(rb" {2,}")
_QUOTED = re.compile(rb'"[^"\n]*"')
_WITH_DECIMAL_COMMAS = ([b",", b";"], [b",", b"\t"])


@dataclass(frozen=True)
class TextTable:
    """Lines joined by `\n`, none of them blank; the header, if there is one, apart."""

    header: bytes | None
    body: bytes
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return self.body.count(b"\n") + 1 if self.body else 0

    def in_one_column(self, cells: int) -> TextTable:
        """The same, if it is one line of so many cells, with each on a line of its own."""
        body = csv_dialects.one_a_line(self.body, cells) if self.rows == 1 else None
        if body is None or self.header is not None:
            return self
        return TextTable(None, body, (*self.notes, csv_dialects.ONE_LINE))

    def without_header(self) -> TextTable:
        """The same, with the first line as a row."""
        assert self.header is not None
        body = self.header + b"\n" + self.body if self.body else self.header
        return TextTable(None, body, self.notes)

    def split(self, wanted: Wanted, columns: Container[int]) -> Rows:
        """The rows, each of as many cells. The caller bounds `rows` first: that bounds the memory.

        Raises `Rejection` with `separator` or `columns` (other than the accepted numbers of
        `columns`, or uneven).
        """
        with_text = wanted.has_own_names or wanted.ids is not None
        separator, body, notes = _plain_body(self.header, self.body, wanted)
        mark = separator.decode("ascii")
        first = body.partition(b"\n")[0]
        width = first.count(separator) + 1
        if with_text and b'"' in first:
            width = cell_count(first.decode("utf-8"), mark)
        if width not in columns and self.header is None:
            raise columns_rejection(width, wanted)
        names = None if self.header is None else _names(self.header, separator, width)
        if width not in columns:
            raise columns_rejection(width, wanted, names)
        lines = body.decode("utf-8").split("\n")
        if width > 1 or separator in body:
            _check_even_rows(lines, mark, width, 1 if names is None else 2, quoted=with_text)
        kept = tuple(range(width))
        return Rows(names, mark, body, lines, (*self.notes, *notes), wanted.words, kept)


@dataclass(frozen=True)
class Rows:
    """Rows of equally many cells; `header` has one name for each column.

    `lines` are those of `body`; `notes` say in what dialect it was written; `kept` has the columns'
    places in the file.
    """

    header: tuple[str, ...] | None
    separator: str
    body: bytes
    lines: list[str]
    notes: tuple[str, ...]
    words: Words
    kept: tuple[int, ...]

    @property
    def first_line(self) -> int:
        """The number of the first row's line, without those that were left out."""
        return 1 if self.header is None else 2

    def first(self, count: int) -> list[list[str]]:
        """The cells of the first rows."""
        return [cells_of(line, self.separator) for line in self.lines[:count]]

    def without(self, column: int) -> tuple[list[str], Rows]:
        """The cells of one column as text, and the rows without it."""
        taken, left = [], []
        for line in self.lines:
            cells = cells_of(line, self.separator)
            taken.append(cells.pop(column).strip())
            left.append(joined(cells, self.separator))
        kept = (*self.kept[:column], *self.kept[column + 1 :])
        return taken, replace(self, body="\n".join(left).encode(), lines=left, kept=kept)

    def numbers(self) -> NDArray[np.float64]:
        """Every cell as a number, (rows, columns). Raises `Rejection` with `value_type`, `ids` or
        `non_finite`.
        """
        separator = self.separator.encode("ascii")
        strays = self.body.translate(None, NUMBER_BYTES + separator + b"\n ")
        values = None if strays else _parse(self.body, separator, self.lines)
        if values is None:
            raise self.fault()
        return values

    def fault(self) -> Rejection:
        """The first cell that is no number."""
        names_first = self.kept[0] == 0 and is_column_of_names(self._cells())
        return bad_cell(
            self._cells(), self.first_line, self.words, kept=self.kept, names_first=names_first
        )

    def _cells(self) -> Iterable[list[str]]:
        return (cells_of(line, self.separator) for line in self.lines)


def text_table(data: bytes) -> TextTable:
    """The lines of delimited text. Raises `Rejection` with `encoding` or `value_type`."""
    lines, notes = _normalised(data)
    first, _, rest = lines.partition(b"\n")
    is_row = csv_dialects.is_row(first)
    return TextTable(None, lines, notes) if is_row else TextTable(first, rest, notes)


def _normalised(data: bytes) -> csv_dialects.Tidied:
    text = _EXCEL_SEPARATOR.sub(b"", as_utf8(data), count=1)
    if b"\r" in text:
        text = with_plain_line_ends(text)
    text = text.strip(b" \n")
    if b"\n\n" in text or b" \n" in text or b"\n " in text:
        text = _BLANKS.sub(b"\n", text)
    notes: tuple[str, ...] = ()
    for mark, tidy in ((b"#", csv_dialects.without_comments), (b'"', csv_dialects.unquoted)):
        if mark in text:
            text, said = tidy(text)
            notes += said
    return text, notes


def with_plain_line_ends(text: bytes) -> bytes:
    """Each line end as `\n`; Python's csv on Windows without newline="" writes \r\r\n."""
    return text.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _plain_body(
    header: bytes | None, body: bytes, wanted: Wanted
) -> tuple[bytes, bytes, tuple[str, ...]]:
    """The separator, the rows with nothing else between their numbers, and notes."""
    outside = _QUOTED.sub(b"", body) if wanted.has_own_names and b'"' in body else body
    found = [s for s in csv_dialects.SEPARATORS if s in outside]
    if not found and _are_names_with_blanks(header, wanted):
        return b",", body, ()
    notes: tuple[str, ...] = ()
    if found in _WITH_DECIMAL_COMMAS:
        body, notes = csv_dialects.with_decimal_points(body)
        found = found[1:]
    separator = _separator(found, header, body)
    if separator == b" ":
        body = _SPACES.sub(b" ", body)
    if header is None or header.rstrip().endswith(separator) or _is_narrower(header, body):
        body, ended = csv_dialects.without_empty_last_column(body, separator)
        notes += ended
    return separator, body, notes


def _are_names_with_blanks(header: bytes | None, wanted: Wanted) -> bool:
    """Whether blanks between words separate no cells: nothing else does, and names have some."""
    in_header = header is not None and csv_dialects.separator_of(header) is not None
    return not in_header and any(" " in name for name in wanted.task.classes)


def _is_narrower(header: bytes, body: bytes) -> bool:
    """Whether the rows have one separator more than the header has."""
    separator = csv_dialects.separator_of(body.partition(b"\n")[0])
    first = body.partition(b"\n")[0]
    return separator is not None and header.count(separator) == first.count(separator) - 1


def _separator(found: list[bytes], header: bytes | None, body: bytes) -> bytes:
    in_header = [s for s in csv_dialects.SEPARATORS if s in header] if header else []
    first = body.partition(b"\n")[0]
    if len(found) > 1 or (found and in_header and found[0] not in in_header) or b"|" in first:
        raise Rejection(
            "separator",
            "Cells are separated in more than one way, or by |.",
            "Separate all cells, also those of the header, with commas.",
        )
    return found[0] if found else b" " if b" " in body else b","


def _names(line: bytes, separator: bytes, columns: int) -> tuple[str, ...]:
    if len(line) > LONGEST_HEADER_BYTES:
        raise Rejection(
            "columns",
            f"The first line is a header of {len(line):,} characters.",
            "Begin with one short name for each column, or with the numbers.",
        )
    text = line.decode("utf-8").lstrip("#")  # np.savetxt comments its header out
    if columns == 1:
        names = re.split("[,;\t]", text.rstrip(",;\t"))
    else:
        names = text.split() if separator == b" " else cells_of(text, separator.decode())
    if len(names) == columns + 1 and not names[-1].strip():
        names.pop()  # where each row ends with a separator, the header does, too
    if len(names) != columns:
        raise Rejection(
            "columns",
            f"The header has {counted(len(names))} and the first row has {columns:,}.",
            "Give every column a name, or leave the header away.",
        )
    return tuple(name.strip().strip('"') for name in names)


def _check_even_rows(
    lines: list[str], separator: str, columns: int, first_line: int, *, quoted: bool
) -> None:
    separators = columns - 1
    for row, line in enumerate(lines):
        # Most files have no quotes left: a call for each of their lines would take a tenth longer.
        if line.count(separator) != separators or (quoted and '"' in line):
            found = cell_count(line, separator) if quoted else line.count(separator) + 1
            if found != columns:
                raise _uneven(row + first_line, found, columns)


def _uneven(line: int, found: int, columns: int) -> Rejection:
    return Rejection(
        "columns",
        f"Line {line:,} has {counted(found)}, and the first row has {columns}.",
        "Give every row the same columns, and write decimals with a point.",
    )


def _parse(body: bytes, separator: bytes, lines: list[str]) -> NDArray[np.float64] | None:
    """The numbers, or None where a cell is not one."""
    columns = lines[0].count(separator.decode()) + 1
    if max(map(len, lines)) > columns * (LONGEST_CELL + 1):
        return None
    values = _parse_as_json(body, separator)
    if values is not None:
        return values.reshape(len(lines), columns)
    if not all(map(str.strip, lines)):
        return None  # np.loadtxt would leave them out
    try:
        # Strict once letters and underscores are out; unlike JSON it knows .5, +1 and 007.
        return np.loadtxt(lines, delimiter=separator.decode(), comments=None, ndmin=2)
    except ValueError:
        return None


def _parse_as_json(body: bytes, separator: bytes) -> NDArray[np.float64] | None:
    """The same numbers as `np.loadtxt` in a fifth of its time, if they are spelled as in JSON."""
    if orjson is None:
        return None
    cells = body.replace(b"\n", b",").replace(separator, b",")
    try:
        return np.array(orjson.loads(b"[" + cells + b"]"), dtype=np.float64)
    except orjson.JSONDecodeError:
        return None
