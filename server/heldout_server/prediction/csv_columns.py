"""Which column of a table holds the ids, and which ones the predictions. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.class_names import folded
from heldout_server.prediction.csv_faults import ID_NAMES, columns_rejection
from heldout_server.prediction.wanted import Wanted
from heldout_server.tasks.kinds import Kind

INDEX_NAMES = frozenset({"", "unnamed: 0"})
BY_NAME = "The columns were put in order by their names."
_ENDING_NUMBER = re.compile(r"(\d{1,6})\D*$")
ROWS_THAT_TELL = 5
FEWEST_THAT_COUNT = 3


@dataclass(frozen=True)
class Layout:
    """Columns by what they hold; `values` in the order of the task."""

    values: tuple[int, ...]
    ids: int | None = None
    index: int | None = None
    notes: tuple[str, ...] = ()


def accepted_widths(header: bytes | None, first_name: str, wanted: Wanted) -> frozenset[int]:
    """How many columns a table may have: one more where pandas has written its index first."""
    with_ids = {width + more for width in wanted.widths for more in (0, 1)}
    if header is not None and first_name.lower() in INDEX_NAMES:
        with_ids |= {width + 2 for width in wanted.widths}
    return frozenset(with_ids)


def layout_of(
    header: tuple[str, ...] | None, first: Sequence[Sequence[str]], wanted: Wanted
) -> Layout:
    """The layout of a table whose first rows have these cells.

    Raises `Rejection` with `columns` or `ambiguous`.
    """
    width = len(first[0])
    if header is None:
        return _unnamed(width, first, wanted)
    named = _named_values(header, wanted)
    ids, index = _ids_and_index(header, first, wanted, named or ())
    left = tuple(i for i in range(width) if i not in (ids, index))
    if named:
        if sorted(named) != list(left):
            raise columns_rejection(width, wanted, header)
        notes = (BY_NAME,) if list(named) != sorted(named) else ()
        return Layout(named, ids, index, notes)
    if len(left) not in wanted.widths:
        raise _unclear(header, ids, wanted)
    _check_order([header[i] for i in left], wanted)
    return Layout(left, ids, index)


def _unnamed(width: int, first: Sequence[Sequence[str]], wanted: Wanted) -> Layout:
    every = tuple(range(width))
    if width - 1 in wanted.widths and (width not in wanted.widths or _are_ids(first, wanted)):
        return Layout(every[1:], 0)
    return Layout(every)


def _are_ids(first: Sequence[Sequence[str]], wanted: Wanted) -> bool:
    """Whether a first column without a name, which could be a class's, holds ids."""
    cells = [row[0].strip() for row in first]
    if wanted.ids is not None:
        return len(_known(cells, wanted)) * 2 > len(cells)
    if len(cells) < FEWEST_THAT_COUNT:
        return False
    counting = [list(map(str, range(start, start + len(cells)))) for start in (0, 1)]
    return cells in counting


def _known(cells: Sequence[str], wanted: Wanted) -> frozenset[str]:
    """Those of a few cells that are ids of this contest."""
    assert wanted.ids is not None
    return frozenset(wanted.ids[np.isin(wanted.ids, cells)].tolist())


def _ids_and_index(
    header: tuple[str, ...], first: Sequence[Sequence[str]], wanted: Wanted, named: Sequence[int]
) -> tuple[int | None, int | None]:
    left = [i for i in range(len(header)) if i not in named]
    called = [i for i in left if header[i].lower() in ID_NAMES]
    if len(header) == 1 or not left:
        return None, None
    if wanted.ids is not None:
        declared = _declared_ids(header, first, left, called, wanted)
        return declared, 0 if declared and _is_index(header, 0) and 0 in left else None
    if len(called) == 2 and called[0] == 0 and _is_index(header, 0):
        return called[1], 0
    return (called[0], None) if len(called) == 1 else (None, None)


def _is_index(header: tuple[str, ...], column: int) -> bool:
    return header[column].lower() in INDEX_NAMES


def _declared_ids(
    header: tuple[str, ...],
    first: Sequence[Sequence[str]],
    left: Sequence[int],
    called: Sequence[int],
    wanted: Wanted,
) -> int | None:
    """The column that begins with the most ids of the contest; else the one that is called so."""
    known = _known(sorted({row[i].strip() for row in first for i in left}), wanted)
    counts = {i: len({row[i].strip() for row in first} & known) for i in left}
    most = [i for i in left if counts[i] == max(counts.values()) > 0]
    likely = [i for i in most if i in called] or most or list(called)
    likely = likely or [i for i in left if header[i].lower().endswith("id")]
    return likely[0] if likely else None


def _unclear(header: tuple[str, ...], ids: int | None, wanted: Wanted) -> Rejection:
    if ids is None and len(header) - 1 in wanted.widths:
        return Rejection(
            "ambiguous",
            f"It is not clear which of the {len(header)} columns holds the ids.",
            _name_them(wanted),
        )
    return columns_rejection(len(header), wanted, header)


def _name_them(wanted: Wanted) -> str:
    if wanted.task.has_classes:
        return 'Name the columns "id,label", or save the labels alone.'
    return 'Name the first column "id", or save the predictions alone.'


def _named_values(header: tuple[str, ...], wanted: Wanted) -> tuple[int, ...] | None:
    """The columns that are called as the task's classes or targets, in its order."""
    task = wanted.task
    found = [folded(name) for name in header]
    if wanted.has_own_names:
        columns = _called(found, task.classes) or _containing(found, task.classes)
        if columns:
            return columns
    return _called(found, task.targets)


def _called(found: Sequence[str], names: Sequence[str]) -> tuple[int, ...] | None:
    wanted = [folded(name) for name in names]
    if not wanted or len(set(wanted)) < len(wanted):
        return None
    if any(found.count(name) != 1 for name in wanted):
        return None
    return tuple(found.index(name) for name in wanted)


def _containing(found: Sequence[str], names: Sequence[str]) -> tuple[int, ...] | None:
    """Columns such as `prob_Adelie`, each of which has one name as a word in it."""
    places = []
    for name in map(folded, names):
        word = re.compile(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])")
        holding = [i for i, one in enumerate(found) if word.search(one)]
        if len(holding) != 1:
            return None
        places.append(holding[0])
    return tuple(places) if len(set(places)) == len(places) else None


def _check_order(names: Sequence[str], wanted: Wanted) -> None:
    """Columns named after numbers, or after some of the targets, have to be in their order."""
    if len(names) == 1:
        _check_positive(names[0], wanted)
        return
    endings = [_ENDING_NUMBER.search(name) for name in names]
    numbers = [int(match[1]) for match in endings if match]
    if len(set(numbers)) == len(endings) and numbers != sorted(numbers):
        raise Rejection(
            "columns",
            f"The header names the {_outputs(wanted)} in another order than 0, 1, 2, ….",
            f"Put the columns in the order of the {_outputs(wanted)} before saving.",
        )
    targets = [folded(target) for target in wanted.task.targets]
    known = [folded(name) for name in names]
    astray = [name for at, name in enumerate(known) if name in targets and targets[at] != name]
    if len(targets) == len(known) and astray:
        raise Rejection(
            "columns",
            "The header names some of the targets, in other places than theirs.",
            f"Name the columns after all of them: {wanted.words.classes}.",
        )


def _check_positive(name: str, wanted: Wanted) -> None:
    """One column called as the other class would be the probability of that one."""
    task = wanted.task
    if task.kind is not Kind.BINARY or not wanted.has_own_names:
        return
    positive, other = task.classes[task.positive], task.classes[1 - task.positive]
    if folded(name) == folded(other) != folded(positive):
        raise Rejection(
            "columns",
            f"The column is called {printable(other, 40)!r}; one column alone is of "
            f"{printable(positive, 40)!r}.",
            "Save the probability of that one, or a column for each class.",
        )


def _outputs(wanted: Wanted) -> str:
    return "classes" if wanted.task.has_classes else "targets"
