"""CSV files as people open them: in a spreadsheet, where a cell can be a formula. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# Excel, LibreOffice and Google Sheets run what begins with one of these.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"


def neutralized(cell: object) -> object:
    """The cell as text that no spreadsheet runs; numbers stay numbers, None is empty."""
    if cell is None:
        return ""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file as text (RFC 4180), formulas neutralized."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows([neutralized(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def read(text: str) -> list[list[str]]:
    """The rows of a CSV file with commas, semicolons or tabs; blank lines are left out.

    What `neutralized` put before a cell is taken off again. Raises ValueError, in words, for what
    is no CSV.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    first = text.lstrip().partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise ValueError(f"this is no CSV file: {error}") from error
    return [[_plain(cell) for cell in row] for row in rows if any(cell.strip() for cell in row)]


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS) else cell
