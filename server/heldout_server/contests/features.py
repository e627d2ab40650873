"""From the columns of tables to the array that models read; everything is learnt from train."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests.contest_file import ContestFile
from heldout_server.contests.problems import CONTEST_FILE, Found, at_lines, quoted, short
from heldout_server.contests.tables import MISSING, Column, Table
from heldout_server.datasets.loaded import Feature

MOST_CATEGORIES = 50
MOST_DECLARED_CATEGORIES = 1_000
MOST_FEATURES = 4_096


@dataclass(frozen=True)
class Inputs:
    """What tables become: `features`, and a float32 array (n, features) of each table."""

    features: tuple[Feature, ...]
    arrays: tuple[NDArray[np.float32], ...]
    filled: bool
    """Whether an empty cell was filled with a median."""


def inputs_of(
    contest: ContestFile,
    tables: Sequence[Table],
    apart: Sequence[str],
    found: Found,
    *,
    given: Sequence[Table] | None = None,
) -> Inputs:
    """The inputs of train, practice and test, in this order, by the columns that are declared, or
    else by all but those `apart`: ids, answers, groups.

    `given` are the tables as they came, whose lines are named, where practice was set aside by us.
    """
    train, test = tables[0], tables[-1]
    declared = contest.models.columns if contest.models is not None else None
    if declared is None:
        names = [name for name in train.columns if name not in apart]
        names = _there_in_all(names, tables, found)
    else:
        names = _checked_names(contest, declared, tables, apart, found)
    most = MOST_CATEGORIES if declared is None else MOST_DECLARED_CATEGORIES
    features = [f for name in names for f in _features(train, test, name, most, found)]
    if len(features) > MOST_FEATURES:
        found.add(
            "columns_many", CONTEST_FILE, contest.line("models", "columns"),
            f"The columns become {len(features):,} inputs; {MOST_FEATURES:,} are the limit.",
            "Declare fewer columns, or give an array in an npz.",
        )  # fmt: skip
        return Inputs((), _nothing(tables), filled=False)
    if not features:
        _note_none(contest, train, found)
        return Inputs((), _nothing(tables), filled=False)
    filled = _note_missing(features, given or tables, found)
    arrays = tuple(array_of(features, table) for table in tables)
    return Inputs(tuple(features), arrays, filled)


def array_of(features: Sequence[Feature], table: Table) -> NDArray[np.float32]:
    """(n, features) float32: numbers as they are with the median where a cell is empty, and 1 where
    a row is of a category. (Standardizing is preprocessing; the figures for it are in `features`.)
    """
    inputs = np.zeros((table.rows, len(features)), np.float32)
    known = {name: {w: n for n, w in enumerate(table.columns[name].words)}
             for name in {f.column for f in features if f.category is not None}}  # fmt: skip
    for place, feature in enumerate(features):
        column = table.columns[feature.column]
        if feature.category is None:
            assert column.numbers is not None
            usable = np.isfinite(column.numbers)
            inputs[:, place] = np.where(usable, column.numbers, feature.missing)
        else:
            inputs[:, place] = column.codes == known[feature.column].get(feature.category, -1)
    return inputs


def words_of(table: Table) -> set[str]:
    """Columns that are words here, and must be read as words in other tables."""
    return {name for name, column in table.columns.items() if not column.is_numeric}


def _nothing(tables: Sequence[Table]) -> tuple[NDArray[np.float32], ...]:
    return tuple(np.zeros((table.rows, 1), np.float32) for table in tables)


def _note_none(contest: ContestFile, train: Table, found: Found) -> None:
    if contest.models is not None:
        found.add(
            "columns_none", train.file, None, "No column is left that a model could read.",
            "Name some in columns = […], or take [models] out: prediction files only.",
        )  # fmt: skip


def _there_in_all(names: Sequence[str], tables: Sequence[Table], found: Found) -> list[str]:
    kept = []
    for name in names:
        absent = [table.file for table in tables if name not in table.columns]
        if not absent:
            kept.append(name)
            continue
        found.add(
            "column_only_in_train", tables[0].file, None,
            f"“{short(name)}” isn't in {absent[0]}; models don't get it.",
            "Add it there, or take it out here.",
        )  # fmt: skip
    return kept


def _checked_names(
    contest: ContestFile,
    declared: Sequence[str],
    tables: Sequence[Table],
    apart: Sequence[str],
    found: Found,
) -> list[str]:
    line = contest.line("models", "columns")
    kept = []
    for name in dict.fromkeys(declared):
        absent = [table.file for table in tables if name not in table.columns]
        if absent:
            found.add(
                "column_missing", CONTEST_FILE, line,
                f"{' and '.join(dict.fromkeys(absent))} "
                f"{'has' if len(absent) == 1 else 'have'} no column “{short(name)}”.",
                near(name, tables[0]),
            )  # fmt: skip
        elif name in contest.data.target:
            what = f"“{short(name)}” is the target: no model may read it."
            found.add("target_in_test", CONTEST_FILE, line, what, "Take it out of `columns`.")
        else:
            kept.append(name)
    return kept


def near(name: str, table: Table) -> str:
    """The nearest column's name as a hint; else the first ones."""
    import difflib

    close = difflib.get_close_matches(name, list(table.columns), 1, 0.6)
    if close:
        return f"Did you mean “{short(close[0])}”?"
    return f"It has {quoted(list(table.columns))}."


def _features(train: Table, test: Table, name: str, most: int, found: Found) -> list[Feature]:
    column = train.columns[name]
    if bool(column.missing.all()):
        what = f"“{short(name)}” is empty in every row; models don't get it."
        found.add("column_empty", train.file, None, what, "Take it out.")
        return []
    if column.numbers is not None:
        return _number(column, test, found)
    return _categories(column, train, test, most, found)


def _number(column: Column, test: Table, found: Found) -> list[Feature]:
    assert column.numbers is not None
    there = test.columns[column.name]
    if there.numbers is None:
        wrong = np.flatnonzero(np.isnan(_parsed(there)) & ~there.missing)
        found.add(
            "column_kind", test.file, test.line(int(wrong[0])),
            f"“{short(column.name)}” has numbers in train, and here "
            f"{quoted(list(dict.fromkeys(there.texts(wrong))))}.",
            "Correct the cells.",
        )  # fmt: skip
        return []
    known = column.numbers[np.isfinite(column.numbers)]
    if not len(known):
        return []
    deviation = float(known.std())
    return [
        Feature(
            column.name, column.name, None, float(known.mean()), deviation or 1.0,
            float(np.median(known)),
        )
    ]  # fmt: skip


def _parsed(column: Column) -> NDArray[np.float64]:
    def number(word: str) -> float:
        try:
            return float(word)
        except ValueError:
            return float("nan")

    assert column.codes is not None
    return np.array([number(word) for word in column.words])[column.codes]


def _categories(
    column: Column, train: Table, test: Table, most: int, found: Found
) -> list[Feature]:
    assert column.codes is not None
    counts = np.bincount(column.codes, minlength=len(column.words))
    words = sorted(w for w, n in zip(column.words, counts, strict=True) if n and w not in MISSING)
    if len(words) > most:
        found.add(
            "column_many_values", train.file, None,
            f"“{short(column.name)}” has {len(words):,} different words; models don't get it.",
            "Make fewer categories or numbers of it.",
        )  # fmt: skip
        return []
    _note_unknown(column.name, set(words), test, found)
    share = {w: n / train.rows for w, n in zip(column.words, counts.tolist(), strict=True)}
    return [
        Feature(f"{column.name}={word}", column.name, word, share[word], _spread(share[word]))
        for word in words
    ]


def _spread(share: float) -> float:
    return float(np.sqrt(share * (1 - share))) or 1.0


def _note_unknown(name: str, words: set[str], test: Table, found: Found) -> None:
    there = test.columns[name]
    unknown = [word for word in there.words if word not in words and word not in MISSING]
    if unknown:
        codes = [there.words.index(word) for word in unknown[:50]]
        rows = np.flatnonzero(np.isin(there.codes, codes))  # type: ignore[arg-type]
        if not len(rows):
            return
        found.add(
            "category_unknown", test.file, test.line(int(rows[0])),
            f"“{short(name)}” has {quoted(unknown)}, which train doesn't have "
            f"({at_lines(test.lines(rows))}).",
            "They are of no category; add train rows, or correct the cells.",
        )  # fmt: skip


def _note_missing(features: Sequence[Feature], tables: Sequence[Table], found: Found) -> bool:
    filled = False
    for table in tables:
        for name in dict.fromkeys(f.column for f in features):
            column = table.columns[name]
            empty = column.missing
            if column.numbers is not None:
                empty = ~np.isfinite(column.numbers)
            if not empty.any():
                continue
            filled |= column.is_numeric
            row = int(np.flatnonzero(empty)[0])
            how = "train's median" if column.is_numeric else "no category"
            found.add(
                "cells_missing", table.file, table.line(row),
                f"“{short(name)}” is empty in {int(empty.sum()):,} of {table.rows:,} rows; "
                f"models get {how}.",
                "Fill them as you think best, if that isn't good enough.",
            )  # fmt: skip
    return filled
