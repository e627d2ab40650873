"""Delimited text to a table of numbers: strict about every byte, lenient about the dialect.

Accepted: comma, semicolon, tab or spaces (what `np.savetxt` writes); any line ending, a UTF-8
byte-order mark, quoted cells and one header line. Refused, with the line that is wrong:
anything that is not a plain decimal number, uneven rows, decimal commas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.errors import Rejection, printable

try:
    import orjson
except ImportError:  # only speed is lost
    orjson = None  # type: ignore[assignment]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_HEADER_BYTES = 10_000
LONGEST_CELL = 64  # np.savetxt's "%.18e" takes 25
_NUMBER_BYTES = b"0123456789+-.eE"
_SEPARATORS = (b",", b";", b"\t")
_QUOTED_CELL = re.compile(rb'"([^"\r\n,;\t]*)"')
# A first line that tells Excel which separator follows.
_EXCEL_SEPARATOR = re.compile(rb"\A\"?sep=[,;\t]\"?\r?\n")
_BLANKS = re.compile(rb"[ \t]*\n[ \t\n]*")
_SPACES = re.compile(rb" {2,}")
# Also the wrong spellings that a later step explains: 1_0, 0x1f, 97%.
_MEANT_AS_NUMBER = re.compile(rb"\s*([+-]?[\d.][\d._xXa-fA-F+-]*%?|[+-]?(nan|inf))\s*", re.I)
_NOT_FINITE = {"nan", "inf", "infinity", "na", "n/a", "#n/a", "1.#inf", "1.#qnan"}
_FIX_CELLS = "Every cell is a plain number such as 7 or 0.125."


@dataclass(frozen=True)
class NumberTable:
    """`values` is float64 (rows, columns); `header` has one lower-case name for each column."""

    header: tuple[str, ...] | None
    values: NDArray[np.float64]


@dataclass(frozen=True)
class TextTable:
    """Lines joined by `\\n`, none of them blank; the header, if there is one, apart."""

    header: bytes | None
    body: bytes

    @property
    def rows(self) -> int:
        return self.body.count(b"\n") + 1 if self.body else 0

    def numbers(self, *, most_columns: int) -> NumberTable:
        """Every cell as a number. The caller bounds `rows` first: that bounds the memory.

        Raises `Rejection` with `separator`, `columns`, `value_type` or `non_finite`.
        """
        separator = _separator(self.header, self.body)
        body = _SPACES.sub(b" ", self.body) if separator == b" " else self.body
        columns = body.partition(b"\n")[0].count(separator) + 1
        if columns > most_columns:
            raise columns_rejection(columns, most_columns - 1)
        names = None if self.header is None else _names(self.header, separator, columns)
        first_line = 1 if names is None else 2
        lines, mark = body.decode("utf-8").split("\n"), separator.decode("ascii")
        if columns > 1 or separator in body:
            _check_even_rows(lines, mark, columns, first_line)
        strays = body.translate(None, _NUMBER_BYTES + separator + b"\n ")
        values = None if strays else _parse(body, separator, lines)
        if values is None:
            raise _bad_cell(lines, mark, first_line)
        return NumberTable(names, values)


def text_table(data: bytes) -> TextTable:
    """The lines of delimited text. Raises `Rejection` with `encoding`."""
    lines = _normalised(data)
    first, _, rest = lines.partition(b"\n")
    return TextTable(None, lines) if _is_row(first) else TextTable(first, rest)


def columns_rejection(columns: int, classes: int) -> Rejection:
    """`columns`: a table that is neither labels nor one column for each class."""
    images = "Save predictions, not images. " if columns > 100 else ""
    return Rejection(
        "columns",
        f"The table has {columns:,} columns.",
        f"{images}Give one column (the label), or {classes} (one for each class); an id column "
        "may come first.",
    )


def _normalised(data: bytes) -> bytes:
    text = _EXCEL_SEPARATOR.sub(b"", data.removeprefix(BYTE_ORDER_MARK), count=1)
    _check_encoding(text)
    if b"\r" in text:
        # Python's csv on Windows without newline="" writes \r\r\n.
        text = text.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = text.strip(b" \n")
    if b"\n\n" in text or b" \n" in text or b"\n " in text:
        text = _BLANKS.sub(b"\n", text)
    return _QUOTED_CELL.sub(rb"\1", text) if b'"' in text else text


def _check_encoding(text: bytes) -> None:
    if b"\0" in text or text.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _encoding_rejection("holds NUL bytes or is UTF-16")
    if not text.isascii():
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _encoding_rejection(f"is not UTF-8 at byte {error.start + 1:,}") from None


def _encoding_rejection(what: str) -> Rejection:
    return Rejection(
        "encoding",
        f"The text {what}.",
        'Save it as plain UTF-8; in Excel choose "CSV UTF-8 (comma delimited)".',
    )


def _is_row(line: bytes) -> bool:
    """Whether the first line is meant as values, right or wrong, and not as column names."""
    present = [s for s in _SEPARATORS if s in line]
    # A header has few cells: the first hundred decide, however long the line is.
    cells = line.split(present[0], 100) if present else line.split(None, 100)
    return all(_MEANT_AS_NUMBER.fullmatch(cell) for cell in cells[:100])


def _separator(header: bytes | None, body: bytes) -> bytes:
    found = [s for s in _SEPARATORS if s in body]
    if found == [b",", b";"]:
        raise Rejection(
            "separator",
            "Cells are separated by semicolons and hold commas, as in 0,5.",
            "Write decimals with a point, as in 0.5, and separate cells with commas.",
        )
    in_header = [s for s in _SEPARATORS if s in header] if header else []
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
        names = re.split("[,;\t]", text)
    else:
        names = text.split() if separator == b" " else text.split(separator.decode())
    if len(names) != columns:
        raise Rejection(
            "columns",
            f"The header has {len(names):,} columns and the first row has {columns:,}.",
            "Give every column a name, or leave the header away.",
        )
    return tuple(name.strip().strip('"').lower() for name in names)


def _check_even_rows(lines: list[str], separator: str, columns: int, first_line: int) -> None:
    for row, line in enumerate(lines):
        if line.count(separator) != columns - 1:
            raise Rejection(
                "columns",
                f"Line {row + first_line:,} has {line.count(separator) + 1:,} columns, and the "
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


def _bad_cell(lines: list[str], separator: str, first_line: int) -> Rejection:
    cells = ((row, i, c) for row, x in enumerate(lines) for i, c in enumerate(x.split(separator)))
    for row, column, cell in cells:
        code = _cell_fault(cell)
        if code is not None:
            shown = printable(cell[:80], 40)
            what = f"is {shown!r}" if shown else "is empty"
            place = f"Line {row + first_line:,}, column {column + 1},"
            return Rejection(code, f"{place} {what}, which is not a number.", _FIX_CELLS)
    return Rejection("value_type", "A cell is not a number.", _FIX_CELLS)


def _cell_fault(cell: str) -> str | None:
    if len(cell) > LONGEST_CELL:
        return "value_type"
    text = cell.strip().lower()
    if text.lstrip("+-") in _NOT_FINITE:
        return "non_finite"
    if text.encode().translate(None, _NUMBER_BYTES):
        return "value_type"
    try:
        float(text)
    except ValueError:
        return "value_type"
    return None
