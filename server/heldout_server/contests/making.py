"""`contest new`: from one file with answers to a folder, its hidden set drawn by a secret seed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests import toml_writing
from heldout_server.contests.answers import sorted_classes
from heldout_server.contests.contest_file import FORMAT, MOST_CLASSES
from heldout_server.contests.csv_table import read_table
from heldout_server.contests.features import near
from heldout_server.contests.folder_writing import csv_bytes, new_folder
from heldout_server.contests.hidden_rows import group_numbers
from heldout_server.contests.npz_arrays import read_npz
from heldout_server.contests.problems import CONTEST_FILE, Found, Refused
from heldout_server.contests.starter import starter_notebook
from heldout_server.contests.tables import MISSING, Column, Table
from heldout_server.grading.splits import public_mask
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind, Task

MOST_GUESSED_CLASSES = 30
ROWS_A_CLASS = 10
SEED_BITS = 128
ID = "id"
OVERVIEW = "# {title}\n\nPredict `{target}`. Say here what the data are and where they come from.\n"


class CannotMake(Exception):
    """No folder can be made of this; the text says why, and what to do."""


@dataclass(frozen=True)
class Wanted:
    """What somebody asked for; None and () are guessed."""

    targets: tuple[str, ...] = ()
    group: str | None = None
    title: str | None = None
    metric: str | None = None
    kind: str | None = None
    hidden: float = 0.3
    id: str | None = None


@dataclass(frozen=True)
class Made:
    """What was made: its task, and what to say about it."""

    kind: Kind
    metric: str
    lines: list[str] = field(default_factory=list)


def new(source: Path, target: Path, wanted: Wanted) -> Made:
    """Write a folder for the file `source` (CSV, Parquet, npz with x and y) to `target`.

    Raises CannotMake, Refused with what is wrong with the file, and NotEmpty.
    """
    if not source.is_file():
        raise CannotMake(f"There is no file {source}.")
    if not 0 < wanted.hidden < 1:
        raise CannotMake("The share of rows to hide is between 0 and 1.")
    with source.open("rb") as file:
        is_npz = file.read(2) == b"PK" and source.suffix.casefold() != ".xlsx"
    return (_new_from_arrays if is_npz else _new_from_table)(source, target, wanted)


def _new_from_table(source: Path, target: Path, wanted: Wanted) -> Made:
    found = Found()
    targets = _split_names(wanted.targets)
    if not targets:
        raise CannotMake("Name the column to be predicted: --target COLUMN.")
    as_words = {*targets, *(one for one in (wanted.group, wanted.id) if one)}
    table = read_table(source, source.name, found, as_words=as_words)
    if table is None or not found.is_fine:
        raise Refused(found.sorted())
    for name in [*targets, *(one for one in (wanted.group, wanted.id) if one)]:
        if name not in table.columns:
            raise CannotMake(f"{source.name} has no column “{name}”. {near(name, table)}")
    table, dropped = _answered(table, targets)
    columns = [table.columns[name] for name in targets]
    kind = _kind(wanted, columns)
    task, truth = _truth(kind, targets, columns)
    metric = _metric(wanted, kind)
    hidden = _hidden(task, truth, wanted, table)
    with new_folder(target) as folder:
        _write_tables(folder, table, targets, hidden, wanted)
        _write_rest(folder, source, task, metric, wanted, _sources(table, targets, wanted))
    lines = [
        f"{kind}, ranked by {metric}: {int((~hidden).sum()):,} rows to train with, "
        f"{int(hidden.sum()):,} hidden."
    ]
    if dropped:
        lines.append(f"{dropped:,} rows without an answer were left out.")
    return Made(kind, metric, lines)


def _split_names(targets: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(one.strip() for name in targets for one in name.split(",") if one))


def _answered(table: Table, targets: Sequence[str]) -> tuple[Table, int]:
    """The table without the rows that lack an answer."""
    empty = np.logical_or.reduce([table.columns[name].missing for name in targets])
    if not empty.any():
        return table, 0
    if empty.all():
        raise CannotMake(f"“{targets[0]}” is empty in every row.")
    return table.part(np.flatnonzero(~empty), table.file), int(empty.sum())


def _kind(wanted: Wanted, columns: Sequence[Column]) -> Kind:
    if wanted.kind is not None:
        try:
            return Kind(wanted.kind)
        except ValueError:
            raise CannotMake(f"A kind is one of: {', '.join(Kind)}.") from None
    guessed = [guess_kind(_present(column), _rows(column)) for column in columns]
    if len(columns) == 1:
        return guessed[0]
    is_labels = all(set(_present(column)) <= {"0", "1", "0.0", "1.0"} for column in columns)
    return Kind.MULTILABEL if is_labels else Kind.REGRESSION


def _present(column: Column) -> list[str]:
    """The different words of a column that occur."""
    assert column.codes is not None
    used = np.unique(column.codes)
    return [column.words[code] for code in used if column.words[code] not in MISSING]


def _rows(column: Column) -> int:
    assert column.codes is not None
    return len(column.codes)


def guess_kind(words: Sequence[str], rows: int) -> Kind:
    """The kind of task of one target with these different words in so many rows."""
    numbers = [_number(word) for word in words]
    if any(number is None for number in numbers):
        return Kind.BINARY if len(words) == 2 else Kind.MULTICLASS
    is_whole = all(number == int(number) for number in numbers if number is not None)
    few = len(words) <= min(MOST_GUESSED_CLASSES, max(2, rows // ROWS_A_CLASS))
    if not is_whole or not few:
        return Kind.REGRESSION
    return Kind.BINARY if len(words) == 2 else Kind.MULTICLASS


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _truth(kind: Kind, targets: Sequence[str], columns: Sequence[Column]) -> tuple[Task, Any]:
    if kind in (Kind.BINARY, Kind.MULTICLASS):
        return _classes(kind, targets, columns)
    values = []
    for column in columns:
        assert column.codes is not None
        numbers = [_number(word) for word in column.words]
        used = np.unique(column.codes)
        wrong = [column.words[code] for code in used if numbers[code] is None]
        if wrong:
            raise CannotMake(f"“{wrong[0]}” in “{column.name}” is no number.")
        values.append(np.array([n or 0.0 for n in numbers])[column.codes])
    truth = np.stack(values, axis=1)
    task = Task(kind, targets=tuple(targets))
    return task, truth.astype(np.int64) if kind is Kind.MULTILABEL else truth


def _classes(
    kind: Kind, targets: Sequence[str], columns: Sequence[Column]
) -> tuple[Task, NDArray[np.int64]]:
    classes = sorted_classes(_present(columns[0]))
    if len(columns) > 1:
        raise CannotMake(f"A {kind} task has one target.")
    if not 2 <= len(classes) <= MOST_CLASSES or (kind is Kind.BINARY and len(classes) != 2):
        raise CannotMake(f"“{targets[0]}” has {len(classes):,} classes, which no {kind} task has.")
    index = {name: number for number, name in enumerate(classes)}
    numbers = np.array([index.get(word, 0) for word in columns[0].words], np.int64)
    return Task(kind, classes, tuple(targets)), numbers[columns[0].codes]


def _metric(wanted: Wanted, kind: Kind) -> str:
    name = wanted.metric or catalogue.DEFAULTS[kind]
    try:
        found = catalogue.metric(name)
    except catalogue.UnknownMetric as error:
        raise CannotMake(str(error)) from None
    if kind not in found.kinds:
        usable = ", ".join(one.name for one in catalogue.for_kind(kind))
        raise CannotMake(f"A {kind} task can't be measured by {name}. It is one of: {usable}.")
    return name


def _hidden(task: Task, truth: Any, wanted: Wanted, table: Table) -> NDArray[np.bool_]:
    groups = group_numbers(table.columns[wanted.group]) if wanted.group else None
    return hidden_mask(task, truth, wanted.hidden, groups)


def hidden_mask(
    task: Task, truth: Any, share: float, groups: NDArray[Any] | None = None
) -> NDArray[np.bool_]:
    """(n,): which rows are hidden, in equal shares of classes or deciles, groups whole.

    By 128 random bits that nobody keeps. Raises CannotMake where a side is left empty.
    """
    hidden = public_mask(task, truth, share, secrets.randbits(SEED_BITS), groups=groups)
    if not hidden.any() or hidden.all():
        raise CannotMake("There are too few rows (or groups) to hide some and to train with some.")
    return hidden


def _sources(table: Table, targets: Sequence[str], wanted: Wanted) -> dict[str, toml_writing.Value]:
    return {
        "train": "train.csv",
        "test": "test.csv",
        "labels": "labels.csv",
        "id": wanted.id or ID,
        "target": targets[0] if len(targets) == 1 else list(targets),
        "group": wanted.group,
    }


def _write_tables(
    folder: Path, table: Table, targets: Sequence[str], hidden: NDArray[np.bool_], wanted: Wanted
) -> None:
    """Rows in an order that tells nothing, numbered anew unless they have ids to keep."""
    order = np.array(_shuffled(table.rows), np.intp)
    texts = {name: _texts(table, name) for name in table.columns}
    id_name = wanted.id or ID
    if wanted.id is None:
        texts.pop(ID, None)
        number = np.empty(table.rows, np.intp)
        number[order] = np.arange(table.rows)
        texts = {ID: [str(one) for one in number.tolist()], **texts}
    kept = [name for name in texts if name not in targets]
    groups = [wanted.group] if wanted.group else []
    labels = [id_name, *targets, *(g for g in groups if g != id_name)]
    for name, columns, rows in (
        ("train.csv", list(texts), order[~hidden[order]]),
        ("test.csv", kept, order[hidden[order]]),
        ("labels.csv", labels, order[hidden[order]]),
    ):
        cells = [[texts[column][row] for row in rows.tolist()] for column in columns]
        (folder / name).write_bytes(csv_bytes(columns, zip(*cells, strict=True)))


def _shuffled(count: int) -> list[int]:
    order = np.random.default_rng(secrets.randbits(SEED_BITS)).permutation(count)
    return [int(one) for one in order]


def _texts(table: Table, name: str) -> list[str]:
    column = table.columns[name]
    if column.numbers is None:
        return column.texts()
    return ["" if value != value else _plain(value) for value in column.numbers.tolist()]


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _new_from_arrays(source: Path, target: Path, wanted: Wanted) -> Made:
    found = Found()
    arrays = read_npz(source, source.name, found)
    if arrays is None or not found.is_fine:
        raise Refused(found.sorted())
    both = inputs_and_answers(arrays)
    x, y = both.x, both.y
    if wanted.kind is not None and wanted.kind not in set(Kind):
        raise CannotMake(f"A kind is one of: {', '.join(Kind)}.")
    kind = array_kind(y) if wanted.kind is None else Kind(wanted.kind)
    task, truth = _array_truth(kind, y, wanted)
    metric = _metric(wanted, kind)
    groups = arrays.get(wanted.group) if wanted.group else None
    if wanted.group and (groups is None or groups.shape != (len(y),)):
        raise CannotMake(f"{source.name} has no array “{wanted.group}” with a group for each.")
    hidden = both.hidden
    if hidden is None:
        hidden = hidden_mask(task, truth, wanted.hidden, groups)
    order = np.array(_shuffled(len(y)), np.intp)
    train, test = order[~hidden[order]], order[hidden[order]]
    with new_folder(target) as folder:
        made: dict[str, Any] = {
            "x_train": x[train],
            "y_train": y[train],
            "x_test": x[test],
            "y_test": y[test],
        }
        if groups is not None:
            made |= {f"{wanted.group}_train": groups[train], f"{wanted.group}_test": groups[test]}
        np.savez_compressed(folder / "data.npz", **made)
        target_names = list(task.targets) if not task.has_classes else None
        data: dict[str, toml_writing.Value] = {
            "file": "data.npz", "target": target_names, "group": wanted.group,
        }  # fmt: skip
        _write_rest(folder, source, task, metric, wanted, data)
    said = f"{kind}, ranked by {metric}: {len(train):,} examples to train with, "
    return Made(kind, metric, [f"{said}{len(test):,} hidden."])


@dataclass(frozen=True, eq=False, repr=False)
class Both:
    """Inputs (n, …) and answers (n,) or (n, k) of an npz, `name` that of the answers; `hidden`
    (n,): the examples that it sets aside itself, None where it doesn't.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    name: str
    hidden: NDArray[np.bool_] | None = None


PAIRS = (("x", "y"), ("data", "target"), ("images", "labels"), ("x_train", "y_train"))


def inputs_and_answers(arrays: dict[str, NDArray[Any]]) -> Both:
    """Inputs and answers by the names that people give them; x_test and y_test stay hidden.

    Raises CannotMake.
    """
    by_name = {name.casefold(): array for name, array in arrays.items()}
    for x, y in PAIRS:
        if x in by_name and y in by_name:
            found = _matching(by_name, x, y)
            has_test = x == "x_train" and {"x_test", "y_test"} <= set(by_name)
            return _with_test(found, _matching(by_name, "x_test", "y_test")) if has_test else found
    raise CannotMake(f"Name the arrays x and y; there are: {', '.join(sorted(arrays))}.")


def _matching(arrays: dict[str, NDArray[Any]], x: str, y: str) -> Both:
    if arrays[x].ndim < 2 or arrays[y].ndim < 1 or len(arrays[x]) != len(arrays[y]):
        raise CannotMake(f"{x} and {y} don't have one answer for each example.")
    return Both(arrays[x], arrays[y], y)


def _with_test(train: Both, test: Both) -> Both:
    if train.x.shape[1:] != test.x.shape[1:] or train.y.shape[1:] != test.y.shape[1:]:
        raise CannotMake("x_train and x_test, or y_train and y_test, differ in shape.")
    hidden = np.arange(len(train.y) + len(test.y)) >= len(train.y)
    x, y = np.concatenate([train.x, test.x]), np.concatenate([train.y, test.y])
    return Both(x, y, train.name, hidden)


def array_kind(y: NDArray[Any]) -> Kind:
    """The kind of task that has these answers (n,) or (n, k)."""
    words = [str(value) for value in np.unique(y).tolist()]
    if y.ndim == 1:
        return guess_kind(words, len(y))
    return Kind.MULTILABEL if set(words) <= {"0", "1", "0.0", "1.0"} else Kind.REGRESSION


def _array_truth(kind: Kind, y: NDArray[Any], wanted: Wanted) -> tuple[Task, Any]:
    if kind in (Kind.BINARY, Kind.MULTICLASS):
        names, numbers = np.unique(y, return_inverse=True)
        if len(names) < 2 or (kind is Kind.BINARY and len(names) != 2):
            raise CannotMake(f"There are {len(names)} classes, which no {kind} task has.")
        return Task(kind, tuple(str(one) for one in names.tolist())), numbers.reshape(-1)
    values = y.reshape(len(y), -1).astype(np.float64)
    targets = wanted.targets or tuple(f"y{number}" for number in range(values.shape[1]))
    if len(targets) != values.shape[1] or not np.isfinite(values).all():
        raise CannotMake("Name every output, and take out examples without an answer.")
    return Task(kind, targets=targets), values


def _write_rest(
    folder: Path,
    source: Path,
    task: Task,
    metric: str,
    wanted: Wanted,
    data: dict[str, toml_writing.Value],
) -> None:
    title = wanted.title or source.stem.replace("_", " ").replace("-", " ").strip().title()
    toml = toml_writing.written(
        {
            "": {"format": FORMAT, "title": title},
            "task": {
                "kind": str(task.kind),
                "metric": metric,
                "classes": list(task.classes) or None,
                "positive": task.classes[task.positive] if task.kind is Kind.BINARY else None,
            },
            "data": {**data, "labels_are": "secret"},
            "models": {},
            "rules": {"public_fraction": 0.5, "quota_per_day": 20, "final_choices": 2},
        },
        {"metric": "one of: " + ", ".join(m.name for m in catalogue.for_kind(task.kind))},
    )
    (folder / CONTEST_FILE).write_text(toml, encoding="utf-8")
    shown = ", ".join(task.targets) or "the answers"
    text = OVERVIEW.format(title=title, target=shown)
    (folder / "overview.md").write_text(text, encoding="utf-8")
    (folder / "starter.ipynb").write_text(starter_notebook(title, task), encoding="utf-8")
