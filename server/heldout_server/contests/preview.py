"""A first look at a file of data: its columns, first rows and counts, and what is guessed of it.

Pure but for a bounded read: the first rows say the kinds, the whole file is counted where it is
small enough to be read while somebody waits.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests import array_preview, guessing
from heldout_server.contests.csv_table import PARQUET_START, read_csv
from heldout_server.contests.npz_arrays import read_npz
from heldout_server.contests.parquet_table import csv_of
from heldout_server.contests.problems import CONTEST_FILE, Found, Problem
from heldout_server.contests.tables import MISSING, Column, Table
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind

COUNTED_BYTES = 50_000_000
HEAD_BYTES = 8_000_000
HEAD_ROWS = 1_000
SHOWN_ROWS = 6
EXAMPLES = 3
MOST_CLASSES_SHOWN = 40
LONGEST_CELL = 40


class Form(StrEnum):
    """What kind of file it is: one table, an npz of arrays, or a zip of a contest's folder."""

    TABLE = "table"
    ARRAYS = "arrays"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column, or an array of an npz. `missing`: empty cells; `different`: values that occur;
    both of the rows that were read.
    """

    name: str
    kind: str
    examples: tuple[str, ...] = ()
    missing: int = 0
    different: int = 0


@dataclass(frozen=True, slots=True)
class TargetLook:
    """What the answers are: each class with its count, the most frequent first, or the spread of
    numbers (least, median, largest). `others`: classes beyond those that are shown.
    """

    name: str
    counts: tuple[tuple[str, int], ...] = ()
    others: int = 0
    spread: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Preview:
    """What a file looks like. `row_count` None: only its head was read. `images` (n, height,
    width) or (n, height, width, 3), uint8, the first ones of an npz.

    `target`, `group`, `id`, `kind` and `metric` are guesses, or what the caller named.
    """

    form: Form
    columns: tuple[PreviewColumn, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    row_count: int | None = None
    target: tuple[str, ...] = ()
    group: str | None = None
    id: str | None = None
    kind: Kind | None = None
    metric: str | None = None
    answers: tuple[TargetLook, ...] = ()
    images: NDArray[np.uint8] | None = None
    problems: tuple[Problem, ...] = ()


def preview(path: Path, targets: Sequence[str] = ()) -> Preview:
    """Look at the file (CSV, Parquet, npz, zip of a folder); `targets`: what is to be predicted.

    What is wrong with it is in `problems`. Raises OSError where it can't be read.
    """
    form = form_of(path)
    if form is Form.FOLDER:
        return Preview(form)
    return _of_arrays(path) if form is Form.ARRAYS else _of_table(path, targets)


def form_of(path: Path) -> Form:
    """What kind of file it is, by its bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return Form.ARRAYS if path.suffix.casefold() == ".npz" else Form.TABLE
    if any(name.endswith(CONTEST_FILE) for name in names):
        return Form.FOLDER
    if path.suffix.casefold() == ".npz" or (names and all(n.endswith(".npy") for n in names)):
        return Form.ARRAYS
    return Form.TABLE if "[Content_Types].xml" in names else Form.FOLDER


def _of_table(path: Path, targets: Sequence[str]) -> Preview:
    found = Found()
    is_whole = path.stat().st_size <= COUNTED_BYTES
    content = _content(path, is_whole, found)
    if content is None:
        return Preview(Form.TABLE, problems=tuple(found.sorted()))
    written = read_csv(_head(content), path.name, Found(), all_words=True)
    table = read_csv(content, path.name, found)
    if table is None or written is None:
        return Preview(Form.TABLE, problems=tuple(found.sorted()))
    columns = tuple(_column(one, written.columns[one.name]) for one in table.columns.values())
    chosen = tuple(name for name in targets if name in table.columns)
    target = chosen or guessing.target(table)
    kind = guessing.kind([table.columns[name] for name in target])
    return Preview(
        form=Form.TABLE,
        columns=columns,
        rows=_first_rows(written),
        row_count=table.rows if is_whole else None,
        target=target,
        group=guessing.group(table, target),
        id=guessing.ids(table, target),
        kind=kind,
        metric=catalogue.DEFAULTS[kind] if kind else None,
        answers=tuple(_answers(table.columns[name], kind) for name in target),
        problems=tuple(found.sorted()),
    )


def _content(path: Path, is_whole: bool, found: Found) -> bytes | None:
    """The CSV to look at, all or its first rows; None, and noted, where it can't be had."""
    with path.open("rb") as file:
        content = file.read(COUNTED_BYTES if is_whole else HEAD_BYTES)
    if content.startswith(PARQUET_START):
        return csv_of(path, path.name, found)
    return content if is_whole else _head(content)


def _head(content: bytes) -> bytes:
    """The first rows, whole ones: line breaks inside quotes end none."""
    place, quotes = 0, 0
    for _ in range(HEAD_ROWS + 1):
        while True:
            end = content.find(b"\n", place)
            if end < 0:
                return content if len(content) < HEAD_BYTES else content[:place]
            quotes += content.count(b'"', place, end)
            place = end + 1
            if quotes % 2 == 0:
                break
    return content[:place]


def _column(column: Column, written: Column) -> PreviewColumn:
    return PreviewColumn(
        name=column.name,
        kind=guessing.words_for(column),
        examples=tuple(
            cell_text(word) for word in written.words if word not in MISSING
        )[:EXAMPLES],
        missing=int(column.missing.sum()),
        different=guessing.different(column),
    )  # fmt: skip


def _first_rows(written: Table) -> tuple[tuple[str, ...], ...]:
    cells = [column.texts(slice(SHOWN_ROWS)) for column in written.columns.values()]
    return tuple(tuple(cell_text(cell) for cell in row) for row in zip(*cells, strict=True))


def cell_text(cell: str) -> str:
    """A cell, shortened to what fits into a table."""
    return cell if len(cell) <= LONGEST_CELL else cell[: LONGEST_CELL - 1] + "…"


def _answers(column: Column, kind: Kind | None) -> TargetLook:
    if kind is Kind.REGRESSION:
        return TargetLook(column.name, spread=guessing.spread(column))
    return counted(column.name, guessing.counts(column))


def counted(name: str, counts: Sequence[tuple[str, int]]) -> TargetLook:
    """Classes and how often they occur, the most frequent ones."""
    ordered = sorted(counts, key=lambda one: -one[1])
    shown = tuple((cell_text(word), count) for word, count in ordered[:MOST_CLASSES_SHOWN])
    return TargetLook(name, shown, len(ordered) - len(shown))


def _of_arrays(path: Path) -> Preview:
    found = Found()
    arrays = read_npz(path, path.name, found)
    if arrays is None or not found.is_fine:
        return Preview(Form.ARRAYS, problems=tuple(found.sorted()))
    columns = tuple(_array(name, one) for name, one in arrays.items())
    answers = array_preview.answers(arrays)
    if answers is None:
        return Preview(Form.ARRAYS, columns=columns)
    kind, metric = answers.kind, catalogue.DEFAULTS[answers.kind]
    look = (
        TargetLook(answers.name, spread=answers.spread)
        if kind is Kind.REGRESSION
        else counted(answers.name, answers.counts)
    )
    return Preview(
        form=Form.ARRAYS,
        columns=columns,
        row_count=answers.rows,
        target=(answers.name,),
        kind=kind,
        metric=metric,
        answers=(look,),
        images=array_preview.images(answers.inputs),
    )


def _array(name: str, array: NDArray[Any]) -> PreviewColumn:
    shape = " × ".join(str(size) for size in array.shape) or "one value"
    first = np.array2string(array[:EXAMPLES], threshold=6) if array.ndim == 1 else ""
    return PreviewColumn(name, f"{array.dtype}, {shape}", (first,) if first else ())
