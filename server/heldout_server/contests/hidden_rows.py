"""The hidden rows: answers matched to test by id, which part each is in, and its group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests.answers import Answers, answers_of
from heldout_server.contests.contest_file import ContestFile
from heldout_server.contests.problems import CONTEST_FILE, Found, at_lines, quoted, short
from heldout_server.contests.tables import MISSING, Column, Table
from heldout_server.grading.splits import split_by_usage
from heldout_server.tasks.kinds import Task

ID = "id"
USAGE = "Usage"
USAGES = ("Public", "Private", "Ignored")


@dataclass(frozen=True, eq=False)
class Hidden:
    """The hidden rows in the order of test. `ids` None: they count from 0."""

    answers: Answers | None
    ids: list[str] | None
    groups: NDArray[np.int64] | None
    usage: NDArray[np.str_] | None


def id_column(contest: ContestFile, test: Table | None, labels: Table | None) -> str | None:
    """The name of the id column; None: rows are matched by their order."""
    if contest.data.id is not None:
        return contest.data.id
    both = all(table is None or ID in table.columns for table in (test, labels))
    return ID if both else None


def hidden_rows(
    contest: ContestFile, task: Task | None, test: Table, labels: Table, found: Found
) -> Hidden:
    """Match labels to test, noting everything that doesn't fit."""
    name = id_column(contest, test, labels)
    order, ids = _by_order(test, labels, found) if name is None else _by_id(
        name, test, labels, found)  # fmt: skip
    answers = answers_of(task, labels, found) if task is not None else None
    usage = _usage(labels, found)
    groups = _groups(contest, test, labels, order, found)
    if order is None:
        return Hidden(None, ids, groups, None)
    if answers is not None:
        answers = Answers(answers.truth[order], answers.usable[order])
    return Hidden(answers, ids, groups, None if usage is None else usage[order])


def _by_order(
    test: Table, labels: Table, found: Found
) -> tuple[NDArray[np.intp] | None, list[str] | None]:
    if test.rows == labels.rows:
        return np.arange(test.rows), None
    found.add(
        "row_count", labels.file, None,
        f"{labels.rows:,} answers for {test.rows:,} rows in {test.file}.",
        "Give an id column to both, or one answer for each row, in its order.",
    )  # fmt: skip
    return None, None


def _by_id(
    name: str, test: Table, labels: Table, found: Found
) -> tuple[NDArray[np.intp] | None, list[str] | None]:
    """The row of labels for each row of test, and test's ids."""
    columns = [table.columns.get(name) for table in (test, labels)]
    if columns[0] is None or columns[1] is None:
        return None, None  # noted already
    fine = [
        _are_ids(column, table, found)
        for column, table in zip((columns[0], columns[1]), (test, labels), strict=True)
    ]
    rows = _rows_of(columns[0], columns[1])
    ids = columns[0].texts()
    _note_missing(test, labels, ids, np.flatnonzero(rows < 0), found)
    _note_extra(test, labels, columns[0], columns[1], found)
    return (rows if all(fine) and (rows >= 0).all() else None), ids


def _rows_of(wanted: Column, there: Column) -> NDArray[np.intp]:
    """(n,): the first row of `there` with the word of each row of `wanted`; -1: none has it."""
    assert wanted.codes is not None
    place = dict(zip(there.words, _first_rows(there).tolist(), strict=True))
    of_word = np.array([place.get(word, -1) for word in wanted.words], np.intp)
    return of_word[wanted.codes]


def _first_rows(column: Column) -> NDArray[np.intp]:
    """(words,): the first row of each word."""
    assert column.codes is not None
    first = np.zeros(len(column.words), np.intp)
    first[column.codes[::-1]] = np.arange(len(column.codes))[::-1]
    return first


def _are_ids(column: Column, table: Table, found: Found) -> bool:
    """Whether every row has an id of its own."""
    assert column.codes is not None
    empty = np.flatnonzero(column.missing)
    if len(empty):
        found.add(
            "id_missing", table.file, table.line(int(empty[0])),
            f"{len(empty):,} rows have no id ({at_lines(table.lines(empty))}).",
            "Give each row an id of its own.",
        )  # fmt: skip
    counts = np.bincount(column.codes, minlength=len(column.words))
    twice = [code for code in np.flatnonzero(counts > 1) if column.words[code] not in MISSING]
    if twice:
        rows = np.flatnonzero(column.codes == twice[0])
        found.add(
            "id_twice", table.file, table.line(int(rows[1])),
            f"{len(twice):,} ids stand there more than once: "
            f"{quoted([column.words[code] for code in twice[:6]])}.",
            "Give each row an id of its own.",
        )  # fmt: skip
    return not len(empty) and not twice


def _note_missing(
    test: Table, labels: Table, ids: list[str], rows: NDArray[np.intp], found: Found
) -> None:
    if len(rows):
        found.add(
            "ids_missing", labels.file, None,
            f"{len(rows):,} ids of {test.file} have no answer: "
            f"{quoted([ids[row] for row in rows[:6]])} (there {at_lines(test.lines(rows))}).",
            "Add their answers, or take the rows out; ids are compared letter by letter.",
        )  # fmt: skip


def _note_extra(test: Table, labels: Table, wanted: Column, there: Column, found: Found) -> None:
    known = set(wanted.words)
    extra = [word for word in there.words if word not in known]
    if extra:
        row = int(_first_rows(there)[there.words.index(extra[0])])
        found.add(
            "ids_extra",
            labels.file,
            labels.line(row),
            f"{len(extra):,} answers are for ids that {test.file} doesn't have: {quoted(extra)}.",
            "Take them out, or add the rows.",
        )


def _usage(labels: Table, found: Found) -> NDArray[np.str_] | None:
    """(n,): Public, Private or Ignored, in the order of labels."""
    name = usage_column(labels)
    if name is None:
        return None
    column = labels.columns[name]
    assert column.codes is not None
    try:
        split_by_usage(column.words)
    except ValueError:
        wrong = [w for w in column.words if w.strip().capitalize() not in USAGES]
        rows = np.flatnonzero(np.isin(column.codes, [column.words.index(w) for w in wrong]))
        found.add(
            "usage_unknown", labels.file, labels.line(int(rows[0])),
            f"{USAGE} is {quoted(wrong)} ({at_lines(labels.lines(rows))}).",
            "It is Public, Private or Ignored in every row.",
        )  # fmt: skip
        return None
    words = np.array([word.strip().capitalize() for word in column.words], np.str_)
    return words[column.codes]


def usage_column(table: Table) -> str | None:
    """The name of the `Usage` column, however it is written."""
    return next((name for name in table.columns if name.casefold() == USAGE.casefold()), None)


def _groups(
    contest: ContestFile, test: Table, labels: Table, order: NDArray[np.intp] | None, found: Found
) -> NDArray[np.int64] | None:
    """(n,) numbers of groups, in the order of test; from labels, else from test."""
    name = contest.data.group
    if name is None:
        return None
    if name in labels.columns and order is not None:
        return group_numbers(labels.columns[name])[order]
    if name in test.columns:
        return group_numbers(test.columns[name])
    if name not in labels.columns:
        found.add(
            "column_missing", CONTEST_FILE, contest.line("data", "group"),
            f"Neither {labels.file} nor {test.file} has a column “{short(name)}” for the groups.",
            f"Add it to {labels.file}: id, target, {short(name)}.",
        )  # fmt: skip
    return None


def group_numbers(column: Column) -> NDArray[np.int64]:
    """(n,): a number for each group."""
    if column.codes is not None:
        return column.codes.astype(np.int64)
    _, numbers = np.unique(column.numbers, return_inverse=True)  # type: ignore[call-overload]
    return np.asarray(numbers, np.int64).reshape(-1)
