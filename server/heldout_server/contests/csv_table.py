"""Reading a CSV file of up to some million rows: bounded, in pieces, with the line of each row."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from heldout_server.contests.csv_pieces import Piece, Rows
from heldout_server.contests.parquet_table import csv_of
from heldout_server.contests.problems import Found, at_lines, quoted
from heldout_server.contests.tables import MISSING, Column, Table

MOST_COLUMNS = 10_000
MOST_ROWS = 5_000_000
SEPARATORS = ",;\t|"
SNIFFED = 65_536
PARQUET_START = b"PAR1"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_OTHERS = (
    (b"PK\x03\x04", "an Excel workbook or a zip", "In the spreadsheet: Save as, “CSV UTF-8”."),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook", "In the spreadsheet: Save as, “CSV UTF-8”."),
    (b"\x1f\x8b", "a gzip file", "Unpack it first."),
    (b"\x93NUMPY", "a NumPy array", 'Name an npz by file = "…".'),
    (b"SQLite format 3", "a database", "Export the table as CSV."),
    (b"<", "a web page or XML", "Download the file itself."),
    (b"{", "JSON", "Save it as CSV: DataFrame.to_csv(…, index=False)."),
    (b"[", "JSON", "Save it as CSV: DataFrame.to_csv(…, index=False)."),
)


def read_table(
    path: Path,
    file: str,
    found: Found,
    *,
    as_words: Collection[str] = (),
    all_words: bool = False,
) -> Table | None:
    """The table at `path`, CSV or Parquet; None, and noted, where it can't be read.

    Columns named in `as_words` are kept as they are written, others are numbers where every cell
    is one.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        found.add("file_unreadable", file, None, f"The file can't be opened: {error.strerror}.")
        return None
    if content.startswith(PARQUET_START) or file.casefold().endswith(".parquet"):
        made = csv_of(path, file, found)
        if made is None:
            return None
        content = made
    return read_csv(content, file, found, as_words=as_words, all_words=all_words)


def read_csv(
    content: bytes,
    file: str,
    found: Found,
    *,
    as_words: Collection[str] = (),
    all_words: bool = False,
) -> Table | None:
    """The same from the bytes of a CSV file, in UTF-8; `all_words`: every column as written."""
    if not _is_text(content, file, found):
        return None
    content = content.removeprefix(b"\xef\xbb\xbf")
    words = set(as_words)
    reading = _Reading(content, file, words, all_words)
    if not reading.run(found):
        return None
    if reading.late_words:  # words after numbers: once more, to have the numbers as written
        reading = _Reading(content, file, words | reading.late_words, all_words)
        reading.run(Found())
    return reading.table()


def _is_text(content: bytes, file: str, found: Found) -> bool:
    if content.startswith(_WIDE) or content[:200].count(0) > 50:
        found.add(
            "text_encoding", file, 1, "This is UTF-16, as Excel's “Unicode text” is.",
            "In the spreadsheet: Save as, “CSV UTF-8”.",
        )  # fmt: skip
        return False
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        found.add("table_empty", file, None, "The file is empty.", "Give it a header and rows.")
        return False
    for magic, what, cure in _OTHERS:
        if start.startswith(magic):
            found.add("file_format", file, None, f"This is {what}, not CSV.", cure)
            return False
    return _is_utf8(content, file, found)


def _is_utf8(content: bytes, file: str, found: Found) -> bool:
    place = content.find(b"\0")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        place = error.start
    if place < 0:
        return True
    line = content[:place].count(b"\n") + 1
    found.add(
        "text_encoding", file, line, "This isn't UTF-8 text.",
        "In the spreadsheet: Save as, “CSV UTF-8”; in Python: to_csv(…, encoding=\"utf-8\").",
    )  # fmt: skip
    return False


@dataclass
class _Pieces:
    """A column while it is read."""

    name: str
    is_words: bool
    numbers: list[NDArray[np.float64]] = field(default_factory=list)
    codes: list[NDArray[np.int32]] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)

    def add(self, cells: Sequence[str]) -> None:
        """Take a piece; words where it turns out to have some."""
        if not self.is_words:
            numbers = _numbers(cells)
            if numbers is not None:
                self.numbers.append(numbers)
                return
            self.is_words = True
        index = self.index
        codes = [index.setdefault(cell, len(index)) for cell in map(str.strip, cells)]
        self.codes.append(np.array(codes, np.int32))

    def column(self) -> Column:
        """What was read."""
        if self.is_words:
            joined = np.concatenate(self.codes) if self.codes else np.zeros(0, np.int32)
            return Column(self.name, None, tuple(self.index), joined)
        return Column(self.name, np.concatenate(self.numbers) if self.numbers else np.zeros(0))


class _Reading:
    """One way through the file."""

    def __init__(self, content: bytes, file: str, as_words: set[str], all_words: bool) -> None:
        self._content = content
        self._file = file
        self._as_words = as_words
        self._all_words = all_words
        self._pieces: list[_Pieces] = []
        self._ends: list[NDArray[np.int32]] = []
        self._starts: list[NDArray[np.int32]] = []
        self._count = 0

    @property
    def late_words(self) -> set[str]:
        """Columns that began as numbers and then had words."""
        return {p.name for p in self._pieces if p.is_words and p.numbers}

    def run(self, found: Found) -> bool:
        """Read everything; False, and noted, where nothing came of it."""
        sniffed = self._content[:SNIFFED].decode("utf-8", "ignore")
        rows = Rows(self._content, separator_of(sniffed))
        try:
            if not self._begin(rows.header(), rows.line, found):
                return False
            for piece in rows.pieces():
                self._take(piece)
                self._count += len(piece.starts)
                if self._count > MOST_ROWS:
                    found.add("rows_many", self._file, None, f"More than {MOST_ROWS:,} rows.")
                    return False
        except csv.Error as error:
            found.add(
                "table_syntax", self._file, rows.line, f"This is no CSV: {error}.",
                "A quote that begins a cell must end it; quotes inside are doubled.",
            )  # fmt: skip
            return False
        return self._end(rows.uneven, found)

    def _begin(self, header: list[str], line: int, found: Found) -> bool:
        if len(header) > MOST_COLUMNS:
            found.add(
                "columns_many", self._file, line,
                f"{len(header):,} columns are more than {MOST_COLUMNS:,}.",
                "Give wide data as an array in an npz.",
            )  # fmt: skip
            return False
        names = [name.strip() for name in header]
        twice = [n for n in dict.fromkeys(names) if n and names.count(n) > 1]
        if twice:
            found.add(
                "column_twice", self._file, line,
                f"{quoted(twice)}: more than one column has this name.", "Rename one of them.",
            )  # fmt: skip
        if "" in names:
            found.add(
                "column_unnamed", self._file, line, "A column has no name; it is left out.",
                "In Python, save by to_csv(…, index=False).",
            )  # fmt: skip
        self._pieces = [_Pieces(name, self._all_words or name in self._as_words) for name in names]
        return True

    def _take(self, piece: Piece) -> None:
        for pieces, cells in zip(self._pieces, piece.columns, strict=True):
            pieces.add(cells)
        self._starts.append(piece.starts)
        self._ends.append(piece.ends)

    def _end(self, uneven: list[tuple[int, int]], found: Found) -> bool:
        if uneven:
            lines = [line for line, _ in uneven]
            found.add(
                "row_length", self._file, lines[0],
                f"{len(lines):,} rows don't have {len(self._pieces)} cells like the header "
                f"({at_lines(lines)}; the first has {uneven[0][1]}).",
                "Texts with commas stand in quotes.",
            )  # fmt: skip
        if not self._count:
            found.add("table_empty", self._file, None, "There is no row.", "Give it some.")
            return False
        return True

    def table(self) -> Table:
        """What was read."""
        columns = {p.name: p.column() for p in self._pieces if p.name}
        return Table(
            self._file, columns, np.concatenate(self._starts), np.concatenate(self._ends),
            self._content,
        )  # fmt: skip


def separator_of(text: str) -> str:
    """What the header's cells are separated by; a comma where it has one cell."""
    first = text.lstrip("\r\n").splitlines()[0] if text.strip() else ""
    outside = "".join(first.split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def _numbers(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """(n,), or None where a cell is neither a number nor empty."""
    try:
        # A JSON list of them is read six times as fast as one after the other.
        found = orjson.loads(f"[{','.join(cells)}]")
        if len(found) == len(cells) and set(map(type, found)) <= {int, float}:
            return np.array(found, np.float64)
    except (orjson.JSONDecodeError, OverflowError):
        pass
    try:
        return np.array([_number(cell) for cell in cells], np.float64)
    except ValueError:
        return None


def _number(cell: str) -> float:
    cell = cell.strip()
    return np.nan if cell in MISSING else float(cell)
