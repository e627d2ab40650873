"""What a table's columns are for, guessed from names and values. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heldout_server.contests.making import guess_kind
from heldout_server.contests.tables import MISSING, Column, Table
from heldout_server.tasks.kinds import Kind

TARGETS = ("target", "label", "labels", "class", "classes", "y", "outcome", "answer", "answers")
GROUPS = ("group", "groups", "group_id")
FEWEST_IDS = 10


def target(table: Table) -> tuple[str, ...]:
    """A column by one of the usual names, else the last one that isn't empty or all ids."""
    by_name = {name.casefold(): name for name in table.columns}
    named = [by_name[name] for name in TARGETS if name in by_name]
    if named:
        return (named[0],)
    for name, column in reversed(list(table.columns.items())):
        if not column.missing.all() and not _is_id(column):
            return (name,)
    return ()


def group(table: Table, targets: Sequence[str]) -> str | None:
    """A column that is called a group."""
    return next((n for n in table.columns if n.casefold() in GROUPS and n not in targets), None)


def ids(table: Table, targets: Sequence[str]) -> str | None:
    """A column of ids to keep; None for one called `id`, whose rows are numbered anew."""
    for name, column in table.columns.items():
        if name not in targets and name != "id" and _is_id(column):
            return name
    return None


def _is_id(column: Column) -> bool:
    """Whether it is called an id and has another value in every row."""
    name, rows = column.name, _rows(column)
    is_called = name.casefold() == "id" or name.endswith(("Id", "ID", "_id"))
    return is_called and rows >= FEWEST_IDS and different(column) == rows


def kind(columns: Sequence[Column]) -> Kind | None:
    """The kind of task that has these targets; None without any."""
    if not columns:
        return None
    words = [_words(column) for column in columns]
    if len(columns) == 1:
        return guess_kind(words[0], _rows(columns[0])) if words[0] else None
    is_labels = all(set(one) <= {"0", "1", "0.0", "1.0"} for one in words)
    return Kind.MULTILABEL if is_labels else Kind.REGRESSION


def words_for(column: Column) -> str:
    """What a column holds, in a word or two."""
    if column.missing.all():
        return "empty"
    if column.numbers is None:
        return "words"
    numbers = column.numbers[~np.isnan(column.numbers)]
    return "whole numbers" if bool((numbers == np.floor(numbers)).all()) else "numbers"


def different(column: Column) -> int:
    """How many different values occur, empty ones not counted."""
    return len(_words(column))


def counts(column: Column) -> list[tuple[str, int]]:
    """Every value and how often it occurs, empty ones not counted."""
    if column.numbers is not None:
        numbers = column.numbers[~np.isnan(column.numbers)]
        values, how_often = np.unique(numbers, return_counts=True)
        return list(zip(map(_plain, values.tolist()), how_often.tolist(), strict=True))
    assert column.codes is not None
    how_often = np.bincount(column.codes, minlength=len(column.words))
    pairs = zip(column.words, how_often.tolist(), strict=True)
    return [(word, count) for word, count in pairs if count and word not in MISSING]


def spread(column: Column) -> tuple[float, float, float] | None:
    """The least, the middle and the largest number; None where there are words."""
    if column.numbers is None:
        return None
    return spread_of(column.numbers)


def spread_of(numbers: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float, float]:
    """The least, the middle and the largest of some numbers."""
    low, middle, high = np.nanquantile(numbers, (0, 0.5, 1)).tolist()
    return float(low), float(middle), float(high)


def _words(column: Column) -> list[str]:
    return [word for word, _ in counts(column)]


def _rows(column: Column) -> int:
    values = column.numbers if column.numbers is not None else column.codes
    assert values is not None
    return len(values)


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
