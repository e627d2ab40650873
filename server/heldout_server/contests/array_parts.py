"""A contest whose data are arrays in one npz: images, series, or numbers without column names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests import hidden_rows, practice_split
from heldout_server.contests.answers import Answers, sorted_classes, task_of_classes
from heldout_server.contests.array_answers import answers_of_array, checked_answers, words_of_array
from heldout_server.contests.contest_file import MOST_OUTPUTS, ContestFile, count_fits
from heldout_server.contests.csv_table import read_csv, read_table
from heldout_server.contests.folder import Folder
from heldout_server.contests.npz_arrays import Arrays, read_npz
from heldout_server.contests.parts import Parts
from heldout_server.contests.problems import Found, quoted, short
from heldout_server.contests.table_parts import MOST_HIDDEN_ROWS
from heldout_server.contests.tables import Table
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Truth

MOST_RANK = 5
NEEDED = ("x_train", "y_train", "x_test")
INPUTS = ("x_train", "x_practice", "x_test")


def parts_of_arrays(contest: ContestFile, folder: Folder, found: Found) -> Parts | None:
    """Read and check the arrays, noting all that is wrong; None where they make no contest."""
    name = contest.data.file
    assert name is not None
    path = folder.path(name, found, contest.line("data", "file"))
    arrays = read_npz(path, name, found) if path is not None else None
    labels = _labels(contest, folder, found)
    if arrays is None:
        return None
    _check_names(arrays, contest, name, found)
    _check_inputs(arrays, name, found)
    task = _task(contest, arrays, labels, name, found)
    if task is None:
        return None
    answers = {
        part: answers_of_array(task, arrays[f"y_{part}"], f"y_{part}", name, found)
        for part in ("train", "practice", "test")
        if f"y_{part}" in arrays
    }
    usable = all(one is not None for one in answers.values())
    hidden = _hidden(contest, task, arrays, labels, answers.get("test"), found)
    _check_lengths(arrays, name, found)
    if not usable or hidden is None or not found.is_fine or not _enough(arrays, name, found):
        return None
    return _joined(contest, task, arrays, answers, hidden, name)


def _check_names(arrays: Arrays, contest: ContestFile, file: str, found: Found) -> None:
    needed = NEEDED if contest.data.labels is not None else (*NEEDED, "y_test")
    missing = [name for name in needed if name not in arrays]
    if missing:
        found.add(
            "array_missing", file, None, f"There is no array {', '.join(missing)}.",
            f"It has {quoted(sorted(arrays))}; np.savez_compressed(…, x_train=…, y_train=…, "
            "x_test=…, y_test=…) makes it.",
        )  # fmt: skip
    if ("x_practice" in arrays) != ("y_practice" in arrays):
        what = "Of x_practice and y_practice one is missing."
        found.add("array_missing", file, None, what, "Give both, or none.")


def _check_inputs(arrays: Arrays, file: str, found: Found) -> None:
    shapes = {}
    for name in INPUTS:
        if name not in arrays:
            continue
        array = arrays[name]
        if array.dtype == np.bool_:
            array = arrays[name] = array.astype(np.uint8)
        if array.dtype.kind not in "uif" or array.dtype.itemsize > 8:
            found.add(
                "array_type", file, None, f"{name} is of type {array.dtype}.",
                "Inputs are uint8, whole numbers or floats.",
            )  # fmt: skip
        elif not 2 <= array.ndim <= MOST_RANK:
            found.add(
                "array_shape", file, None, f"{name} has shape {array.shape}.",
                f"Inputs have 2 to {MOST_RANK} dimensions, the first counts the examples.",
            )  # fmt: skip
        elif array.dtype.kind == "f" and not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0][0])
            what = f"{name} has NaN or infinity, first in example {row} (from 0)."
            found.add("array_not_finite", file, None, what, "Replace them: np.nan_to_num(…).")
        shapes[name] = (array.shape[1:], array.dtype)
    if len(set(shapes.values())) > 1:
        said = ", ".join(f"{n} (n, {', '.join(map(str, s))}) {t}" for n, (s, t) in shapes.items())
        what = f"Inputs differ in shape or type: {said}."
        found.add("array_shape", file, None, what, "Prepare all three alike.")


def _check_lengths(arrays: Arrays, file: str, found: Found) -> None:
    for part in ("train", "practice", "test"):
        x, y = arrays.get(f"x_{part}"), arrays.get(f"y_{part}")
        if x is not None and y is not None and x.ndim and y.ndim and len(x) != len(y):
            what = f"x_{part} has {len(x):,} examples and y_{part} {len(y):,}."
            found.add("array_shape", file, None, what, "Each example has one answer.")
    test = arrays.get("x_test")
    if test is not None and test.ndim and len(test) > MOST_HIDDEN_ROWS:
        what = f"{len(test):,} hidden examples are more than {MOST_HIDDEN_ROWS:,}."
        found.add("rows_many", file, None, what, "Keep a part of them.")


def _enough(arrays: Arrays, file: str, found: Found) -> bool:
    for part in ("train", "test"):
        if len(arrays[f"x_{part}"]) < 2:
            what = f"x_{part} has fewer than two examples."
            found.add("rows_few", file, None, what, "Give more.")
            return False
    return True


def _labels(contest: ContestFile, folder: Folder, found: Found) -> Table | None:
    name = contest.data.labels
    if name is None:
        return None
    path = folder.path(name, found, contest.line("data", "labels"))
    if path is None:
        return None
    words = {contest.data.id or hidden_rows.ID, contest.data.group or "", "Usage", "usage"}
    classes = contest.task.kind in (Kind.BINARY, Kind.MULTICLASS, None)
    return read_table(path, name, found, as_words=words, all_words=classes)


def _task(
    contest: ContestFile, arrays: Arrays, labels: Table | None, file: str, found: Found
) -> Task | None:
    kind, y_train = contest.task.kind, arrays.get("y_train")
    if kind is None or y_train is None:
        return None
    if not checked_answers(kind, y_train, "y_train", file, found):
        return None
    if kind in (Kind.BINARY, Kind.MULTICLASS):
        return _task_of_classes(contest, kind, y_train, file, found)
    outputs = 1 if y_train.ndim == 1 else y_train.shape[1]
    if outputs > MOST_OUTPUTS:
        what = f"{outputs} outputs are more than {MOST_OUTPUTS}."
        found.add("outputs_many", file, None, what, "Keep fewer.")
        return None
    names = contest.data.target or _output_names(outputs)
    if len(names) != outputs:
        what = f"`target` names {len(names)} outputs, and y_train has {outputs}."
        line = contest.line("data", "target")
        found.add("array_shape", "contest.toml", line, what, "Name each column of y_train.")
        return None
    return Task(kind, targets=tuple(names))


def _output_names(outputs: int) -> tuple[str, ...]:
    return ("target",) if outputs == 1 else tuple(f"y{number}" for number in range(outputs))


def _task_of_classes(
    contest: ContestFile, kind: Kind, y_train: NDArray[Any], file: str, found: Found
) -> Task | None:
    classes = contest.task.classes or sorted_classes(words_of_array(y_train))
    given = contest.task.classes is not None
    if not given and not count_fits(found, kind, len(classes), file, None):
        return None
    return task_of_classes(contest, kind, classes, contest.data.target, found)


def _hidden(
    contest: ContestFile,
    task: Task,
    arrays: Arrays,
    labels: Table | None,
    y_test: Truth | None,
    found: Found,
) -> hidden_rows.Hidden | None:
    """The hidden examples' answers: those of the array, or of labels where they are named."""
    name = contest.data.id or hidden_rows.ID
    ids = arrays.get(f"{name}_test", arrays.get(f"{name}s_test"))
    group = arrays.get(f"{contest.data.group}_test") if contest.data.group else None
    if labels is None:
        if y_test is None:
            return None
        all_rows = np.ones(len(y_test), np.bool_)
        groups = None if group is None else _numbered(group)
        texts = None if ids is None else [str(one) for one in ids.tolist()]
        return hidden_rows.Hidden(Answers(y_test, all_rows), texts, groups, None)
    return _from_labels(contest, task, arrays, labels, ids, found)


def _from_labels(
    contest: ContestFile,
    task: Task,
    arrays: Arrays,
    labels: Table,
    ids: NDArray[Any] | None,
    found: Found,
) -> hidden_rows.Hidden | None:
    """Match labels to the examples, as to a table that has their ids alone."""
    name = contest.data.id or hidden_rows.ID
    wanted = task if task.targets else Task(
        task.kind, task.classes, (_only_answer(labels, name),), task.positive)  # fmt: skip
    missing = [one for one in (*wanted.targets, name) if one not in labels.columns]
    for one in missing:
        what = f"There is no column “{short(one)}”."
        found.add("column_missing", labels.file, 1, what, f"It has {quoted([*labels.columns])}.")
    if missing or "x_test" not in arrays:
        return None
    count = len(arrays["x_test"])
    shown = [str(one) for one in (ids.tolist() if ids is not None else range(count))]
    content = "\n".join([_cell(name), *map(_cell, shown)]).encode() + b"\n"
    test = read_csv(content, contest.data.file or "", found, as_words={name})
    if test is None:
        return None
    hidden = hidden_rows.hidden_rows(contest, wanted, test, labels, found)
    if hidden.answers is None or not hidden.answers.usable.all():
        return None
    return hidden if ids is not None else hidden_rows.Hidden(
        hidden.answers, None, hidden.groups, hidden.usage)  # fmt: skip


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _only_answer(labels: Table, name: str) -> str:
    others = [one for one in labels.columns if one not in (name, "Usage")]
    return others[0] if len(others) == 1 else "target"


def _numbered(values: NDArray[Any]) -> NDArray[np.int64]:
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _joined(
    contest: ContestFile,
    task: Task,
    arrays: Arrays,
    answers: Mapping[str, Truth | None],
    hidden: hidden_rows.Hidden,
    file: str,
) -> Parts:
    x_train, y_train = arrays["x_train"], answers["train"]
    assert y_train is not None
    assert hidden.answers is not None
    group = arrays.get(f"{contest.data.group}_train") if contest.data.group else None
    groups = None if group is None else _numbered(group)
    own = "x_practice" not in arrays
    if own:
        chosen = practice_split.practice_rows(task, y_train, groups)
        x_practice, y_practice = x_train[chosen], y_train[chosen]
        x_train, y_train = x_train[~chosen], y_train[~chosen]
    else:
        given = answers["practice"]
        assert given is not None
        x_practice, y_practice = arrays["x_practice"], given
    return Parts(
        task=task,
        x_train=x_train, y_train=y_train,
        x_practice=x_practice, y_practice=y_practice,
        x_test=arrays["x_test"], y_test=hidden.answers.truth,
        files=dict.fromkeys(("train", "practice", "test", "labels"), file),
        own_practice=own,
        ids=None if hidden.ids is None else np.array(hidden.ids, np.str_),
        groups=hidden.groups,
        usage=hidden.usage,
    )  # fmt: skip
