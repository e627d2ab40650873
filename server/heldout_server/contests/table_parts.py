"""A contest whose data are tables: train, practice, test and the hidden answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests import features, hidden_rows, practice_split
from heldout_server.contests.answers import Answers, answers_of, task_of
from heldout_server.contests.contest_file import MOST_OUTPUTS, ContestFile
from heldout_server.contests.csv_table import read_table
from heldout_server.contests.folder import Folder
from heldout_server.contests.hidden_rows import Hidden, group_numbers, usage_column
from heldout_server.contests.parts import Parts
from heldout_server.contests.problems import CONTEST_FILE, Found, short
from heldout_server.contests.tables import Table
from heldout_server.tasks.kinds import Kind, Task

MOST_HIDDEN_ROWS = 1_000_000
FEWEST_TRAIN, FEWEST_HIDDEN = 2, 2


@dataclass(frozen=True, eq=False)
class _Tables:
    train: Table | None
    practice: Table | None
    test: Table | None
    labels: Table | None


def parts_of_tables(contest: ContestFile, folder: Folder, found: Found) -> Parts | None:
    """Read and match the tables, noting all that is wrong; None where they don't make a contest."""
    tables = _read(contest, folder, found)
    _check_columns(contest, tables, found)
    task = task_of(contest, tables.train, found) if tables.train is not None else None
    train = _answers(task, tables.train, found)
    practice = _answers(task, tables.practice, found)
    hidden = None
    if tables.test is not None and tables.labels is not None:
        hidden = hidden_rows.hidden_rows(contest, task, tables.test, tables.labels, found)
    _check_counts(tables, found)
    if tables.train is None or tables.test is None:
        return None
    apart = _apart(contest, tables)
    if task is None or train is None or not train.usable.all() or len(train.usable) < FEWEST_TRAIN:
        # The inputs are looked at all the same, so that everything is said at once.
        features.inputs_of(contest, [tables.train, tables.test], apart, found)
        return None
    return _joined(contest, task, tables, apart, (train, practice), hidden, found)


def _joined(
    contest: ContestFile,
    task: Task,
    tables: _Tables,
    apart: Sequence[str],
    answers: tuple[Answers, Answers | None],
    hidden: Hidden | None,
    found: Found,
) -> Parts | None:
    train, test = tables.train, tables.test
    assert train is not None
    assert test is not None
    truth, groups = answers[0].truth, _train_groups(contest, train)
    practice, practice_truth = tables.practice, answers[1].truth if answers[1] else None
    own = contest.data.practice is None
    if own:
        chosen = practice_split.practice_rows(task, truth, groups)
        practice = train.part(np.flatnonzero(chosen), train.file)
        train = train.part(np.flatnonzero(~chosen), train.file)
        truth, practice_truth = truth[~chosen], truth[chosen]
    between = [] if practice is None else [practice]
    given = [one for one in (tables.train, tables.practice, test) if one is not None]
    inputs = features.inputs_of(contest, [train, *between, test], apart, found, given=given)
    fits = answers[1] is None or answers[1].usable.all()
    if practice is None or practice_truth is None or not fits:
        return None
    if hidden is None or hidden.answers is None or not hidden.answers.usable.all():
        return None
    return Parts(
        task=task,
        x_train=inputs.arrays[0], y_train=truth,
        x_practice=inputs.arrays[1], y_practice=practice_truth,
        x_test=inputs.arrays[2], y_test=hidden.answers.truth,
        files=_names(contest),
        own_practice=own,
        features=inputs.features,
        ids=None if hidden.ids is None else np.array(hidden.ids, np.str_),
        groups=hidden.groups,
        train_groups=_train_groups(contest, train),
        usage=hidden.usage,
        group_name=contest.data.group,
        tables=(train, practice, test),
        filled=inputs.filled,
    )  # fmt: skip


def _names(contest: ContestFile) -> dict[str, str]:
    data = contest.data
    return {
        "train": data.train or "", "practice": data.practice or data.train or "",
        "test": data.test or "", "labels": data.labels or "",
    }  # fmt: skip


def _train_groups(contest: ContestFile, train: Table) -> NDArray[np.int64] | None:
    name = contest.data.group
    if name is None or name not in train.columns:
        return None
    return group_numbers(train.columns[name])


def _read(contest: ContestFile, folder: Folder, found: Found) -> _Tables:
    data = contest.data
    id_name = data.id or hidden_rows.ID
    words = {id_name, *([data.group] if data.group else []), hidden_rows.USAGE, "usage", "USAGE"}
    if contest.task.kind in (Kind.BINARY, Kind.MULTICLASS, None):
        words |= set(data.target)

    def read(key: str, name: str | None, further: set[str]) -> Table | None:
        if name is None:
            return None
        path = folder.path(name, found, contest.line("data", key))
        if path is None:
            return None
        return read_table(path, name, found, as_words=words | further)

    train = read("train", data.train, set())
    further = features.words_of(train) - set(data.target) if train is not None else set()
    return _Tables(
        train,
        read("practice", data.practice, further),
        read("test", data.test, further),
        read("labels", data.labels, set()),
    )


def _check_columns(contest: ContestFile, tables: _Tables, found: Found) -> None:
    """What must stand in which table, and what must not."""
    data = contest.data
    if not data.target and not contest.text.broken & {"target"}:
        hint = 'target = "…"'
        if tables.labels is not None:
            hint = (
                f"{hint}; {tables.labels.file} has {', '.join(map(short, tables.labels.columns))}."
            )
        line = contest.line("data", "target")
        found.add("key_missing", CONTEST_FILE, line, "`target` is missing in [data].", hint)
    if len(data.target) > MOST_OUTPUTS:
        return
    for table in (tables.train, tables.practice, tables.labels):
        if table is not None:
            _check_there(table, data.target, found)
    for table in (tables.test, tables.labels):
        if table is not None and data.id is not None:
            _check_there(table, (data.id,), found)
    if data.id is None and tables.test is not None and tables.labels is not None:
        _check_id_guess(tables.test, tables.labels, found)
    if tables.test is not None:
        _check_nothing_given_away(contest, tables.test, found)


def _check_there(table: Table, names: Sequence[str], found: Found) -> None:
    for name in names:
        if name not in table.columns:
            found.add(
                "column_missing", table.file, 1, f"There is no column “{short(name)}”.",
                features.near(name, table),
            )  # fmt: skip


def _check_id_guess(test: Table, labels: Table, found: Found) -> None:
    """An id column in one of the two was meant for both."""
    for one, other in ((test, labels), (labels, test)):
        if hidden_rows.ID in one.columns and hidden_rows.ID not in other.columns:
            found.add(
                "column_missing", other.file, 1,
                f"{one.file} has a column “{hidden_rows.ID}”, and this table doesn't.",
                'Add it, or name the column in [data]: id = "…".',
            )  # fmt: skip


def _check_nothing_given_away(contest: ContestFile, test: Table, found: Found) -> None:
    for name in contest.data.target:
        column = test.columns.get(name)
        if column is None:
            continue
        if column.missing.all():
            what = f"“{short(name)}” is the target; its cells are empty."
            found.add("target_empty_in_test", test.file, 1, what, "Take the column out.")
        else:
            found.add(
                "target_in_test", test.file, 1,
                f"“{short(name)}” is the target, and participants get this table.",
                "Take the column out; the answers stand in labels.csv alone.",
            )  # fmt: skip
    usage = usage_column(test)
    if usage is not None:
        found.add(
            "usage_in_test", test.file, 1,
            f"“{short(usage)}” tells participants which rows are private.",
            "Move the column to labels.csv.",
        )  # fmt: skip


def _answers(task: Task | None, table: Table | None, found: Found) -> Answers | None:
    if task is None or table is None:
        return None
    return answers_of(task, table, found)


def _check_counts(tables: _Tables, found: Found) -> None:
    train, test = tables.train, tables.test
    if test is not None and test.rows > MOST_HIDDEN_ROWS:
        what = f"{test.rows:,} hidden rows are more than {MOST_HIDDEN_ROWS:,}."
        found.add("rows_many", test.file, None, what, "Keep a part of them.")
    if test is not None and test.rows < FEWEST_HIDDEN:
        what = "One hidden row can't be divided into public and private."
        found.add("rows_few", test.file, None, what, "Give more.")
    if train is not None and train.rows < FEWEST_TRAIN:
        found.add("rows_few", train.file, None, "One row can't be divided into train and practice.",
                  "Give more.")  # fmt: skip


def _apart(contest: ContestFile, tables: _Tables) -> list[str]:
    """Columns that no model reads unless they are declared."""
    name = hidden_rows.id_column(contest, tables.test, tables.labels)
    usage = usage_column(tables.train) if tables.train is not None else None
    given = [name, contest.data.group, usage, *contest.data.target]
    return [one for one in given if one is not None]
