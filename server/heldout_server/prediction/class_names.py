"""Labels as people write them, names or numbers, to the numbers of classes. Pure."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import printable
from heldout_server.tasks.kinds import Kind, Task

FORGIVEN = "Class names were read without regard to case and blanks."
TRUE_AND_FALSE = "True was read as {!r}, False as {!r}."
NAMES_NOT_NUMBERS = "The labels could be classes' names or their numbers: they were read as names."
NUMBERS_NOT_NAMES = (
    "The labels could be classes' names or their numbers: they were read as numbers."
)
Notes = tuple[str, ...]


class UnknownLabel(Exception):
    """No class is called so; `row` counts from 0."""

    def __init__(self, row: int, text: str) -> None:
        super().__init__(text)
        self.row = row
        self.text = text


def folded(name: str) -> str:
    """The name without regard to case and blanks."""
    return " ".join(name.split()).casefold()


def numbers_of(texts: Sequence[str], task: Task) -> tuple[NDArray[np.int64], Notes]:
    """The class numbers of labels written as text, and notes on what was forgiven.

    Names as they are written come first, then without regard to case and blanks, then numbers.
    Raises UnknownLabel for the first that is none of these.
    """
    different = set(texts)
    for read, notes in _readings(task):
        found = {text: number for text in different if (number := read(text)) is not None}
        if len(found) == len(different):
            return np.fromiter((found[t] for t in texts), np.int64, len(texts)), notes
    read = _name_reader(task)
    row = next(row for row, text in enumerate(texts) if read(text) is None)
    raise UnknownLabel(row, texts[row])


def _readings(task: Task) -> list[tuple[Callable[[str], int | None], Notes]]:
    names = {name: number for number, name in enumerate(task.classes)}
    numbers = {str(number): number for number in range(len(task.classes))}
    readings: list[tuple[Callable[[str], int | None], Notes]] = [
        (names.get, ()),
        (_name_reader(task), (FORGIVEN,)),
        (_by(numbers, lambda text: text.strip().removesuffix(".0")), ()),
    ]
    if task.kind is Kind.BINARY:
        called = task.classes[task.positive], task.classes[1 - task.positive]
        truths = {"true": task.positive, "false": 1 - task.positive}
        readings.append((_by(truths, folded), (TRUE_AND_FALSE.format(*called),)))
    return readings


def _by(table: Mapping[str, int], key: Callable[[str], str]) -> Callable[[str], int | None]:
    return lambda text: table.get(key(text))


def _name_reader(task: Task) -> Callable[[str], int | None]:
    """A name as it is written, else without case and blanks."""
    exact = {name: number for number, name in enumerate(task.classes)}
    forgiving = folded_names(task)
    return lambda text: exact.get(text, forgiving.get(folded(text)))


def folded_names(task: Task) -> Mapping[str, int]:
    """Names without case and blanks, but for those that would then be two classes'."""
    return _folded(task.classes)


@lru_cache(maxsize=64)
def _folded(names: tuple[str, ...]) -> Mapping[str, int]:
    counts = Counter(map(folded, names))
    return {folded(name): n for n, name in enumerate(names) if counts[folded(name)] == 1}


def numeric_names(task: Task) -> NDArray[np.float64] | None:
    """(classes,): the names as numbers, where all are and one differs from its own number."""
    return _numeric(task.classes)


@lru_cache(maxsize=64)
def _numeric(names: tuple[str, ...]) -> NDArray[np.float64] | None:
    try:
        values = np.array([float(name) for name in names])
    except ValueError:
        return None
    distinct = len(np.unique(values)) == len(values) and bool(np.isfinite(values).all())
    plain = np.array_equal(values, np.arange(len(values)))
    return values if distinct and len(values) and not plain else None


def nearest(text: str, task: Task) -> str:
    """`Did you mean 'Adelie'?` for a name that is nearly one; "" for others."""
    names = {folded(name): name for name in task.classes}
    found = difflib.get_close_matches(folded(text[:80]), names, 1, 0.6)
    return f"Did you mean {printable(names[found[0]], 40)!r}? " if found else ""
