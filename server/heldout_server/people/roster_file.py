"""A roster as text: names alone, one a line, or a CSV file with what else an export has. Pure."""

from __future__ import annotations

import re
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
HINT = (
    "One name a line; or a CSV file whose first line names the columns: "
    f"{', '.join(HEADER)}, of which only the name is needed."
)
# Headings that we don't read, and that no person is called.
OTHER_HEADINGS = {"first", "last", "first name", "last name", "given name", "surname", "grade"}
HEADINGS = frozenset[str]().union(OTHER_HEADINGS, *SYNONYMS.values())
# What a list in a mail begins its lines with.
BULLET = re.compile(r"^(?:\d{1,4}[.)]|[-*•–])\s+")


@dataclass(frozen=True)
class Line:
    """One person."""

    name: str
    email: str = ""
    reference: str = ""
    team: str = ""


def parsed(text: str) -> list[Line]:
    """The people in the text, in its order; without headings each line is a name.

    Raises ProblemError `validation` with the number of the line that is wrong.
    """
    try:
        rows = csv_files.read(text)
    except ValueError as error:
        raise ProblemError("validation", f"The roster can't be read: {error}.", HINT) from None
    if not rows:
        raise ProblemError("validation", "The roster is empty.", HINT)
    headed = any(cell.casefold() in HEADINGS for cell in rows[0])
    if len(rows) - headed > MOST_LINES:
        raise ProblemError("validation", f"A roster has at most {MOST_LINES:,} people.")
    columns, people = (_columns(rows[0]), rows[1:]) if headed else (PLAIN, map(_plain, rows))
    lines = [_line(columns, row, number) for number, row in enumerate(people, 1 + headed)]
    _check_distinct(lines, first=1 + headed)
    return lines


PLAIN = {"name": 0, "email": 1}
"""Where `_plain` puts what it finds."""


def _plain(row: Sequence[str]) -> list[str]:
    """A line without headings: a name, as it is said or "Last, First", and maybe an address."""
    emails = [cell for cell in row if "@" in cell]
    names = [BULLET.sub("", cell) for cell in row if cell and "@" not in cell]
    return [" ".join(reversed(names)), *emails[:1]]


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


def _check_distinct(lines: Iterable[Line], *, first: int) -> None:
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(lines, first):
        for column in ("reference", "email"):
            value = getattr(line, column).casefold()
            if value and (column, value) in seen:
                raise ProblemError(
                    "validation", f"Line {number}: this {column} is on the roster twice.", HINT
                )
            seen.add((column, value))
