"""A table in memory: each column either numbers, or words with the number of each row's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MISSING = frozenset({
    "", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "null", "NULL", "<NA>", "#N/A", "-nan", "-NaN",
})  # fmt: skip
"""What stands for an empty cell."""


@dataclass(frozen=True, eq=False, repr=False)
class Column:
    """One column of n rows. Numbers: float64 (n,), NaN where the cell is empty. Words: `words`, in
    the order of their first row, and `codes` int32 (n,).
    """

    name: str
    numbers: NDArray[np.float64] | None = None
    words: tuple[str, ...] = ()
    codes: NDArray[np.int32] | None = None

    @property
    def is_numeric(self) -> bool:
        """Whether every cell that isn't empty is a number."""
        return self.numbers is not None

    @property
    def missing(self) -> NDArray[np.bool_]:
        """(n,): where the cell is empty."""
        if self.numbers is not None:
            return np.isnan(self.numbers)
        empty = np.array([word in MISSING for word in self.words], np.bool_)
        assert self.codes is not None
        return empty[self.codes] if len(empty) else np.zeros(len(self.codes), np.bool_)

    def texts(self, rows: NDArray[Any] | slice = slice(None)) -> list[str]:
        """The cells of some rows as they are written. Raises ValueError for numbers."""
        if self.codes is None:
            raise ValueError(f"{self.name} was read as numbers")
        return [self.words[code] for code in self.codes[rows].tolist()]


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A table of a contest. `starts` and `ends` int32 (rows,): the first and last line, from 1, of
    each row in `content`, the file as CSV that participants get.
    """

    file: str
    columns: Mapping[str, Column]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    content: bytes

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.starts)

    @property
    def header_lines(self) -> int:
        """How many lines come before the first row."""
        return int(self.starts[0]) - 1 if self.rows else 1

    def line(self, row: int) -> int:
        """The line on which a row begins."""
        return int(self.starts[row])

    def lines(self, rows: Sequence[int] | NDArray[Any], most: int = 6) -> list[int]:
        """The lines of the first of these rows."""
        return [self.line(int(row)) for row in rows[:most]]

    def part(self, rows: NDArray[np.intp], file: str) -> Table:
        """Some rows, with the same header."""
        lines = self.content.splitlines(keepends=True)
        head = lines[: self.header_lines]
        body = [_ended(lines, a, b) for a, b in zip(
            self.starts[rows].tolist(), self.ends[rows].tolist(), strict=True)]  # fmt: skip
        spans = (self.ends - self.starts)[rows] + 1
        ends = len(head) + np.cumsum(spans)
        columns = {name: _column_part(column, rows) for name, column in self.columns.items()}
        return Table(
            file, columns, (ends - spans + 1).astype(np.int32), ends.astype(np.int32),
            b"".join([*head, *body]),
        )  # fmt: skip


def _ended(lines: list[bytes], first: int, last: int) -> bytes:
    row = lines[first - 1] if first == last else b"".join(lines[first - 1 : last])
    return row if row.endswith((b"\n", b"\r")) else row + b"\n"


def _column_part(column: Column, rows: NDArray[np.intp]) -> Column:
    if column.numbers is not None:
        return Column(column.name, column.numbers[rows])
    assert column.codes is not None
    return Column(column.name, None, column.words, column.codes[rows])
