"""The rows of a CSV file, some thousand at a time and column by column, with their lines. Pure.

A file without quotes, which most large ones are, is cut by its separators alone: five times as fast
as the csv module, which reads everything else.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Few enough that what is kept between two looks for garbage is small.
ROWS_AT_ONCE = 2_000
CHARACTERS_AT_ONCE = 200_000


@dataclass(frozen=True)
class Piece:
    """Some rows: the cells of each column, and the lines (rows,) on which each begins and ends."""

    columns: Sequence[Sequence[str]]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]


@dataclass
class Rows:
    """One way through a file. `uneven` are lines of rows that aren't as wide as the header, and how
    many cells they have; such rows are filled up or cut.
    """

    content: bytes
    separator: str
    line: int = 0
    uneven: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._text = io.TextIOWrapper(io.BytesIO(self.content), encoding="utf-8", newline="")
        lone = self.content.count(b"\r") != self.content.count(b"\r\n")
        self._is_plain = b'"' not in self.content and not lone
        self._reader = self._csv(self._text)
        self._width = 0

    def header(self) -> list[str]:
        """The first row that isn't blank; [] where there is none. Raises csv.Error."""
        if self._is_plain:
            row = self._plain_header()
        else:
            row = next((row for row in self._reader if row), [])
            self.line = self._reader.line_num
        self._width = len(row)
        return row

    def pieces(self) -> Iterator[Piece]:
        """The rows after the header. Raises csv.Error, with the line in `line`."""
        return self._plain_pieces() if self._is_plain else self._quoted_pieces()

    def _csv(self, lines: Iterator[str]) -> Any:
        return csv.reader(lines, delimiter=self.separator, strict=True)

    def _plain_header(self) -> list[str]:
        while line := self._text.readline():
            self.line += 1
            if line.strip("\r\n"):
                return line.rstrip("\r\n").split(self.separator)
        return []

    def _plain_pieces(self) -> Iterator[Piece]:
        while lines := self._text.readlines(CHARACTERS_AT_ONCE):
            first = self.line + 1
            self.line += len(lines)
            body = "".join(lines).replace("\r\n", "\n").removesuffix("\n")
            counts = {line.count(self.separator) for line in lines}
            if counts != {self._width - 1} or (self._width == 1 and "\n\n" in f"\n{body}\n"):
                numbered = ((line.rstrip("\r\n"), first + n) for n, line in enumerate(lines))
                rows = [(line.split(self.separator), n) for line, n in numbered if line]
                if rows:
                    yield self._evened(rows)
                continue
            cells = body.replace("\n", self.separator).split(self.separator)
            place = np.arange(first, first + len(lines), dtype=np.int32)
            yield Piece([cells[n :: self._width] for n in range(self._width)], place, place)

    def _evened(self, rows: list[tuple[list[str], int]]) -> Piece:
        place = np.array([line for _, line in rows], np.int32)
        whole = [self._as_wide(row, line) for row, line in rows]
        return Piece(list(zip(*whole, strict=True)), place, place)

    def _as_wide(self, row: list[str], line: int) -> list[str]:
        if len(row) == self._width:
            return row
        self.uneven.append((line, len(row)))
        return (row + [""] * self._width)[: self._width]

    def _quoted_pieces(self) -> Iterator[Piece]:
        rows: list[list[str]] = []
        starts: list[int] = []
        ends: list[int] = []
        try:
            for row in self._reader:
                first, self.line = self.line + 1, self._reader.line_num
                if not row:
                    continue  # a blank line
                rows.append(self._as_wide(row, first))
                starts.append(first)
                ends.append(self.line)
                if len(rows) == ROWS_AT_ONCE:
                    yield _piece(rows, starts, ends)
                    rows, starts, ends = [], [], []
        except csv.Error:
            self.line = self._reader.line_num
            raise
        if rows:
            yield _piece(rows, starts, ends)


def _piece(rows: list[list[str]], starts: list[int], ends: list[int]) -> Piece:
    columns = list(zip(*rows, strict=True))
    return Piece(columns, np.array(starts, np.int32), np.array(ends, np.int32))
