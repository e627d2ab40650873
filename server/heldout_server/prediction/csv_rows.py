"""Delimited text to a table of numbers: strict about every byte, lenient about the dialect.

Accepted: comma, semicolon, tab or spaces (what `np.savetxt` writes); any line ending, a UTF-8
byte-order mark, quoted cells, one header line, and what `csv_dialects` knows. Refused, with the
line that is wrong: anything that is not a plain decimal number, and uneven rows.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection
from heldout_server.prediction import csv_dialects
from heldout_server.prediction.csv_faults import (
    LONGEST_CELL,
    NUMBER_BYTES,
    bad_cell,
    columns_rejection,
    counted,
)
from heldout_server.prediction.text_encoding import as_utf8

try:
    import orjson
except ImportError:  # only speed is lost
    orjson = None  # type: ignore[assignment]

LONGEST_HEADER_BYTES = 10_000
# A first line that tells Excel which separator follows.
_EXCEL_SEPARATOR = re.compile(rb"\A\"?sep=[,;\t]\"?\r?\n")
_BLANKS = re.compile(rb"[ \t]*\n[ \t\n]*")
_SPACES = re.compile(rb" {2,}")
_WITH_DECIMAL_COMMAS = ([b",", b";"], [b",", b"\t"])


@dataclass(frozen=True)
class NumberTable:
    """`values` is float64 (rows, columns); `header` has one name for each column.

    `notes` say in what dialect it was written.
    """

    header: tuple[str, ...] | None
    values: NDArray[np.float64]
    notes: tuple[str, ...] = ()


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

    def numbers(self, *, classes: int, columns: Container[int]) -> NumberTable:
        """Every cell as a number. The caller bounds `rows` first: that bounds the memory.

        Raises `Rejection` with `separator`, `columns` (other than the accepted numbers of
        `columns`), `value_type` or `non_finite`.
        """
        separator, body, notes = _plain_body(self.header, self.body)
        width = body.partition(b"\n")[0].count(separator) + 1
        if width not in columns and self.header is None:
            raise columns_rejection(width, classes)
        names = None if self.header is None else _names(self.header, separator, width)
        if width not in columns:
            raise columns_rejection(width, classes, names)
        first_line = 1 if names is None else 2
        lines, mark = body.decode("utf-8").split("\n"), separator.decode("ascii")
        if width > 1 or separator in body:
            _check_even_rows(lines, mark, width, first_line)
        strays = body.translate(None, NUMBER_BYTES + separator + b"\n ")
        values = None if strays else _parse(body, separator, lines)
        if values is None:
            raise bad_cell(lines, mark, first_line)
        return NumberTable(names, values, (*self.notes, *notes))


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


def _plain_body(header: bytes | None, body: bytes) -> tuple[bytes, bytes, tuple[str, ...]]:
    """The separator, the rows with nothing else between their numbers, and notes."""
    found = [s for s in csv_dialects.SEPARATORS if s in body]
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
        names = text.split() if separator == b" " else text.split(separator.decode())
    if len(names) == columns + 1 and not names[-1].strip():
        names.pop()  # where each row ends with a separator, the header does, too
    if len(names) != columns:
        raise Rejection(
            "columns",
            f"The header has {counted(len(names))} and the first row has {columns:,}.",
            "Give every column a name, or leave the header away.",
        )
    return tuple(name.strip().strip('"') for name in names)


def _check_even_rows(lines: list[str], separator: str, columns: int, first_line: int) -> None:
    for row, line in enumerate(lines):
        if line.count(separator) != columns - 1:
            raise Rejection(
                "columns",
                f"Line {row + first_line:,} has {counted(line.count(separator) + 1)}, and the "
                f"first row has {columns}.",
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
