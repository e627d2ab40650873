"""A roster as a CSV file: a name each, and what else the university's export has. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from heldout_server.kit import csv_files
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.people.names import clean_name

MOST_LINES = 2000
LONGEST_CELL = 200
HEADER = ("name", "email", "reference", "team")
SYNONYMS = {
    "name": {"name", "full name", "student", "participant", "display name"},
    "email": {"email", "e-mail", "email address", "mail"},
    "reference": {"reference", "id", "student id", "student number", "sis id", "username"},
    "team": {"team", "group", "team name", "group name"},
}
HINT = f"The first line names the columns: {', '.join(HEADER)}; only the name is needed."


@dataclass(frozen=True)
class Line:
    """One person."""

    name: str
    email: str = ""
    reference: str = ""
    team: str = ""


def parsed(text: str) -> list[Line]:
    """The people in the file, in its order.

    Raises ProblemError `validation` with the number of the line that is wrong.
    """
    try:
        rows = csv_files.read(text)
    except ValueError as error:
        raise ProblemError("validation", f"The roster can't be read: {error}.", HINT) from None
    if not rows:
        raise ProblemError("validation", "The roster is empty.", HINT)
    if len(rows) - 1 > MOST_LINES:
        raise ProblemError("validation", f"A roster has at most {MOST_LINES:,} people.")
    columns = _columns(rows[0])
    lines = [_line(columns, row, number) for number, row in enumerate(rows[1:], 2)]
    _check_distinct(lines)
    return lines


def _columns(header: Sequence[str]) -> dict[str, int]:
    named = [cell.strip().casefold() for cell in header]
    found = {
        column: next(index for index, cell in enumerate(named) if cell in words)
        for column, words in SYNONYMS.items()
        if words & set(named)
    }
    if "name" not in found:
        raise ProblemError("validation", "The roster has no column “name”.", HINT)
    return found


def _line(columns: dict[str, int], row: Sequence[str], number: int) -> Line:
    cells = {
        column: printable(row[index], LONGEST_CELL) if index < len(row) else ""
        for column, index in columns.items()
    }
    try:
        cells["name"] = clean_name(cells["name"])
    except ProblemError as problem:
        raise ProblemError("validation", f"Line {number}: {problem.detail}", HINT) from None
    return Line(**cells)


def _check_distinct(lines: Iterable[Line]) -> None:
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(lines, 2):
        for column in ("reference", "email"):
            value = getattr(line, column).casefold()
            if value and (column, value) in seen:
                raise ProblemError(
                    "validation", f"Line {number}: this {column} is on the roster twice.", HINT
                )
            seen.add((column, value))
