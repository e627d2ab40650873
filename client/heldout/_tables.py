"""Frames, columns and lists of names as CSV, where a plain array would lose what they say."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from heldout._errors import CannotSubmit

LABEL = "label"
ID_NAMES = frozenset(
    {"id", "ids", "index", "idx", "key", "row", "image", "example", "number", "no"}
)
# `image_id`, `PassengerId`, `row id`, `ID2`; not `grid` or `covid`.
ID_ENDING = re.compile(r"(?:(?:^|[_\W])id|Id|ID)s?\d*$")
NUMBERED = re.compile(r"^\D*(\d+)$")


def table_bytes(subject: Any) -> bytes | None:
    """`subject` as CSV; None where it is numbers without ids or names, which go as an array.

    A frame with a column of ids, or with ids as its index, goes with them, in whatever order its
    rows are; so does one whose columns have names that say more than their order. Raises
    `CannotSubmit`.
    """
    frame = _framed(subject)
    if frame is not None:
        return _of_frame(frame)
    if _is_text(subject):
        return _lines([LABEL], ([each] for each in subject))
    if isinstance(subject, list | tuple | range) and not _has_numpy():
        return "".join(f"{_line(row)}\n" for row in subject).encode()
    return None


def _framed(subject: Any) -> Any:
    """A frame of pandas or polars, of one column where a Series was given; else None."""
    if hasattr(subject, "columns") and (_writes(subject)):
        return subject
    is_series = _writes(subject) and hasattr(subject, "to_frame") and hasattr(subject, "name")
    # polars' Series writes no CSV of its own.
    is_series = is_series or _is_of(subject, "polars", "Series")
    return subject.to_frame(subject.name or LABEL) if is_series else None


def _writes(subject: Any) -> bool:
    return hasattr(subject, "to_csv") or hasattr(subject, "write_csv")


def _is_of(subject: Any, package: str, name: str) -> bool:
    kind = type(subject)
    return kind.__module__.partition(".")[0] == package and kind.__name__ == name


def _of_frame(frame: Any) -> bytes | None:
    columns = list(frame.columns)
    has_ids = any(_is_id(column) for column in columns)
    if hasattr(frame, "write_csv"):
        return str(frame.write_csv()).encode() if has_ids or _says_more(frame, columns) else None
    if not has_ids and _index_has_ids(frame):
        frame = frame.rename_axis(frame.index.name or "id").reset_index()
        return str(frame.to_csv(index=False)).encode()
    if has_ids or _says_more(frame, columns):
        return str(frame.to_csv(index=False)).encode()
    return None


def _is_id(column: Any) -> bool:
    if not isinstance(column, str):
        return False
    return column.strip().casefold() in ID_NAMES or bool(ID_ENDING.search(column.strip()))


def _index_has_ids(frame: Any) -> bool:
    """Whether its index is more than the counting that pandas does by itself."""
    index = getattr(frame, "index", None)
    if index is None or not hasattr(frame, "reset_index") or getattr(index, "nlevels", 1) != 1:
        return False
    counts = type(index).__name__ == "RangeIndex" and (index.start, index.step) == (0, 1)
    return index.name is not None or not counts


def _says_more(frame: Any, columns: Sequence[Any]) -> bool:
    """Whether the names of its columns, or its cells, are words."""
    if any(_is_text_type(kind) for kind in getattr(frame, "dtypes", ())):
        return True
    named = len(columns) > 1 and all(isinstance(column, str) for column in columns)
    return named and not _are_numbered(columns)


def _is_text_type(kind: Any) -> bool:
    """`object`, `category`, `str` and what polars calls them."""
    return str(kind).casefold() in {"object", "category", "categorical", "str", "string", "enum"}


def _are_numbered(columns: Iterable[str]) -> bool:
    found = [NUMBERED.match(column.strip()) for column in columns]
    numbers = [int(match[1]) for match in found if match]
    return len(numbers) == len(found) and numbers == list(
        range(numbers[0], numbers[0] + len(found))
    )


def _is_text(subject: Any) -> bool:
    """Whether these are words, each for one example."""
    kind = getattr(getattr(subject, "dtype", None), "kind", "")
    if kind == "U" or (kind in "OT" and kind):
        return subject.ndim == 1 and bool(len(subject)) and all(isinstance(e, str) for e in subject)
    words = isinstance(subject, list | tuple) and bool(subject)
    return words and all(isinstance(each, str) for each in subject)


def _lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _has_numpy() -> bool:
    try:
        import numpy  # noqa: F401
    except ImportError:
        return False
    return True


def _line(row: Any) -> str:
    cells = row if isinstance(row, list | tuple) else [row]
    if not cells or not all(isinstance(cell, int | float) for cell in cells):
        raise CannotSubmit(f"{str(row)[:60]} is not a number or a row of numbers.", ACCEPTED)
    return ",".join(repr(float(c)) if isinstance(c, float) else str(int(c)) for c in cells)


ACCEPTED = (
    "submit one prediction for each row of client.data().x_test: labels or numbers (n,), or one "
    "row of probabilities for each (n, classes)"
)
