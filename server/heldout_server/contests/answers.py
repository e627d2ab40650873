"""From cells to answers in the shape of `tasks.kinds.Task`, each wrong cell with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests.contest_file import ContestFile, count_fits
from heldout_server.contests.problems import Found, at_lines, quoted, short
from heldout_server.contests.tables import MISSING, Column, Table
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Truth

WRONG = -1
"""The class number of a cell that is none of the classes; noted already."""


@dataclass(frozen=True)
class Answers:
    """A table's answers (n,) or (n, k), and which rows have a usable one."""

    truth: Truth
    usable: NDArray[np.bool_]


def task_of(contest: ContestFile, train: Table, found: Found) -> Task | None:
    """What is to be predicted, by contest.toml and the answers in train; None where it can't be."""
    kind, target = contest.task.kind, contest.data.target
    if kind is None or not target or any(name not in train.columns for name in target):
        return None
    if kind in (Kind.MULTILABEL, Kind.REGRESSION):
        return Task(kind, targets=target)
    if len(target) > 1:
        what = f"A {kind} task has one target, not {len(target)}."
        cure = 'For several labels at once set kind = "multilabel".'
        found.add("value_range", "contest.toml", contest.line("data", "target"), what, cure)
        return None
    classes = contest.task.classes or sorted_classes(train.columns[target[0]].words)
    if contest.task.classes is None and not count_fits(found, kind, len(classes), train.file, None):
        return None
    return task_of_classes(contest, kind, classes, target, found)


def task_of_classes(
    contest: ContestFile, kind: Kind, classes: Sequence[str], target: tuple[str, ...], found: Found
) -> Task | None:
    """The task of these classes; None where `positive` is none of them."""
    positive = contest.task.positive
    if positive is not None and positive not in classes:
        what = f"“{short(positive)}” is none of {quoted(classes)}."
        line = contest.line("task", "positive")
        found.add("positive_unknown", "contest.toml", line, what, "Name one of the two classes.")
        return None
    number = 1 if positive is None else list(classes).index(positive)
    return Task(kind, tuple(classes), target, number)


def sorted_classes(words: Sequence[str]) -> tuple[str, ...]:
    """The classes in order: by number where all are numbers, else as texts."""
    names = [word for word in dict.fromkeys(words) if word not in MISSING]
    try:
        return tuple(sorted(names, key=float))
    except ValueError:
        return tuple(sorted(names))


def answers_of(task: Task, table: Table, found: Found) -> Answers | None:
    """The answers in a table's target columns; None where a column isn't there."""
    if any(name not in table.columns for name in task.targets):
        return None
    columns = [table.columns[name] for name in task.targets]
    if task.has_classes:
        return _classes(task, table, columns[0], found)
    read = [_numbers(column, table, found) for column in columns]
    usable = np.logical_and.reduce([np.isfinite(one) for one in read])
    truth = np.stack(read, axis=1)
    if task.kind is Kind.REGRESSION:
        return Answers(truth, usable)
    usable &= _binary(truth, task, table, found)
    return Answers(np.where(usable[:, None], truth, 0).astype(np.int64), usable)


def _classes(task: Task, table: Table, column: Column, found: Found) -> Answers:
    number = numbers_of(task.classes, column.words)
    if number is None:
        plain = [int(float(word)) if word not in MISSING else WRONG for word in column.words]
        number = plain
        what = f"“{short(column.name)}” has numbers; they count the classes from 0."
        found.add("classes_guessed", table.file, None, what, "Write the names, to be sure.")
    assert column.codes is not None
    truth = np.array(number, np.int64)[column.codes] if number else np.zeros(0, np.int64)
    usable = truth != WRONG
    if not usable.all():
        _note_wrong_classes(task, table, column, np.flatnonzero(~usable), found)
    return Answers(truth, usable)


def numbers_of(classes: Sequence[str], words: Sequence[str]) -> list[int] | None:
    """The class number of each word, `WRONG` for none; None: the words are numbers themselves.

    1.0 is the class 1: a column with a gap is saved so.
    """
    index = {name: number for number, name in enumerate(classes)}
    found = [index.get(word, index.get(_as_whole(word), WRONG)) for word in words]
    real = [word for word in words if word not in MISSING]
    if any(n != WRONG for n in found) or not real:
        return found
    wholes = [_as_whole(word) for word in real]
    is_count = all(word.isdecimal() and float(word) < len(classes) for word in wholes)
    return None if is_count else found


def _as_whole(word: str) -> str:
    head, point, tail = word.partition(".")
    return head if point and tail.strip("0") == "" and head.isdecimal() else word


def _note_wrong_classes(
    task: Task, table: Table, column: Column, rows: NDArray[np.intp], found: Found
) -> None:
    words = column.texts(rows)
    empty = [int(row) for row, word in zip(rows, words, strict=True) if word in MISSING]
    wrong = [int(row) for row, word in zip(rows, words, strict=True) if word not in MISSING]
    if empty:
        _note_missing(table, column.name, empty, found)
    if wrong:
        names = list(dict.fromkeys(word for word in words if word not in MISSING))
        lines = at_lines(table.lines(wrong))
        found.add(
            "label_unknown", table.file, table.line(wrong[0]),
            f"{quoted(names)} ({lines}) is none of the classes {quoted(task.classes)}.",
            "Correct the cells, or name the class in `classes` and give train examples of it.",
        )  # fmt: skip


def _note_missing(table: Table, name: str, rows: Sequence[int], found: Found) -> None:
    found.add(
        "label_missing", table.file, table.line(rows[0]),
        f"“{short(name)}” is empty or NaN in {len(rows):,} rows ({at_lines(table.lines(rows))}).",
        "Fill them, or take the rows out.",
    )  # fmt: skip


def _numbers(column: Column, table: Table, found: Found) -> NDArray[np.float64]:
    """(n,), NaN where a cell is no finite number; noted."""
    numbers = column.numbers if column.numbers is not None else _words_as_numbers(column)
    empty = np.flatnonzero(column.missing)
    infinite = np.flatnonzero(np.isinf(numbers))
    others = np.flatnonzero(np.isnan(numbers) & ~column.missing)
    if len(empty):
        _note_missing(table, column.name, empty.tolist(), found)
    if len(infinite):
        found.add(
            "label_not_finite", table.file, table.line(int(infinite[0])),
            f"“{short(column.name)}” is infinite ({at_lines(table.lines(infinite))}).",
            "Correct the cells, or take the rows out.",
        )  # fmt: skip
    if len(others):
        words = list(dict.fromkeys(column.texts(others)))
        comma = any(word.count(",") == 1 for word in words)
        found.add(
            "label_number", table.file, table.line(int(others[0])),
            f"{quoted(words)} in “{short(column.name)}” ({at_lines(table.lines(others))}) "
            "is no number.",
            "Write a decimal point instead of the comma." if comma else "Correct the cells.",
        )  # fmt: skip
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _words_as_numbers(column: Column) -> NDArray[np.float64]:
    assert column.codes is not None
    values = np.array([_float(word) for word in column.words], np.float64)
    return values[column.codes]


def _float(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def _binary(
    truth: NDArray[np.float64], task: Task, table: Table, found: Found
) -> NDArray[np.bool_]:
    """(n,): where every label is 0 or 1."""
    right = (truth == 0) | (truth == 1) | np.isnan(truth)
    for number, name in enumerate(task.targets):
        rows = np.flatnonzero(~right[:, number])
        if len(rows):
            found.add(
                "label_not_binary", table.file, table.line(int(rows[0])),
                f"“{short(name)}” is {quoted(truth[rows[:6], number].tolist())} "
                f"({at_lines(table.lines(rows))}); a label is there (1) or not (0).",
                'For numbers to be predicted, set kind = "regression".',
            )  # fmt: skip
    usable: NDArray[np.bool_] = right.all(axis=1)
    return usable
