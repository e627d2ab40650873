"""What gives answers away: shared rows, telling ids, telling order, a column that says it all."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests.contest_file import ContestFile
from heldout_server.contests.parts import Parts
from heldout_server.contests.problems import CONTEST_FILE, Found, at_lines, quoted
from heldout_server.datasets.known import images_hash, published_as
from heldout_server.datasets.loaded import is_images
from heldout_server.grading.strata import strata
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Truth

MOST_LOOKED_AT = 20_000
MOST_COLUMNS = 500
FEWEST = 20
ALMOST_ALL = 0.99
"""A column tells the target when it explains so much of what a constant misses."""
MANY = 0.5
BINS = 64
SEED = 15
_ENDING = re.compile(r"(.*?)(\d+)\D*$")


def note_leaks(parts: Parts, found: Found) -> None:
    """Note every warning of this kind."""
    _shared_rows(parts, found)
    _shared_groups(parts, found)
    _telling_ids(parts, found)
    _telling_order(parts, found)
    _telling_columns(parts, found)


def note_published(contest: ContestFile, parts: Parts, found: Found) -> None:
    """Note that the hidden images are a published set's, where contest.toml doesn't say so."""
    if contest.data.labels_are == "public" or not is_images(
        parts.x_test.shape[1:], parts.x_test.dtype
    ):
        return
    known = published_as(images_hash(parts.x_test))
    if known is not None:
        found.add(
            "labels_public", CONTEST_FILE, contest.line("data", "labels_are"),
            f"The hidden images are those of {known.name}, whose answers have been public since "
            f"{known.since}.",
            'labels_are = "public"',
        )  # fmt: skip


def _shared_rows(parts: Parts, found: Found) -> None:
    """Rows of test whose inputs stand in train or practice, too."""
    inputs = [parts.x_train, parts.x_practice, parts.x_test]
    if parts.x_test[0].size < 2:
        return
    known = [row_hashes(one) for one in inputs]
    shared = np.flatnonzero(np.isin(known[2], np.concatenate(known[:2])))
    if not len(shared):
        return
    where = f" ({at_lines(parts.tables[-1].lines(shared))})" if parts.tables else (
        f" (example {int(shared[0])}, from 0)")  # fmt: skip
    found.add(
        "rows_shared", parts.files["test"],
        parts.tables[-1].line(int(shared[0])) if parts.tables else None,
        f"{len(shared):,} of {len(parts.x_test):,} hidden rows{where} are in train as well: "
        "their answers can be looked up.",
        "Take them out of one of the two, unless there are few different rows by nature.",
    )  # fmt: skip


def row_hashes(inputs: NDArray[Any]) -> NDArray[np.uint64]:
    """(n,): a 64-bit number for each row's bytes; equal rows have equal ones."""
    flat = np.ascontiguousarray(inputs).reshape(len(inputs), -1)
    if flat.dtype.kind == "f":
        flat = flat + 0  # -0.0 is 0.0
    octets = flat.view(np.uint8).reshape(len(inputs), -1)
    padded = -octets.shape[1] % 8
    if padded:
        octets = np.pad(octets, ((0, 0), (0, padded)))
    words = np.ascontiguousarray(octets).view(np.uint64)
    odd = np.random.default_rng(SEED).integers(0, 2**63, words.shape[1], np.uint64) * 2 + 1
    sums = np.zeros(len(words), np.uint64)
    for place in range(words.shape[1]):
        column = words[:, place] * odd[place]
        sums = (sums ^ (column ^ (column >> np.uint64(29)))) * np.uint64(0x9E3779B97F4A7C15)
    return sums


def _shared_groups(parts: Parts, found: Found) -> None:
    if parts.groups is None or parts.train_groups is None or not parts.tables:
        return
    # Numbers of groups are each table's own; the tables have their names.
    column = [_group_words(parts, table) for table in (0, -1)]
    both = sorted(column[0] & column[1])
    if both:
        found.add(
            "groups_shared", parts.files["test"], None,
            f"{len(both):,} groups are in train and in test: {quoted(both)}.",
            "Keep each group on one side, if new groups are what is to be predicted.",
        )  # fmt: skip


def _group_words(parts: Parts, place: int) -> set[str]:
    name = parts.group_name
    columns = parts.tables[place].columns
    return set(columns[name].words) if name is not None and name in columns else set()


def _telling_ids(parts: Parts, found: Found) -> None:
    if parts.ids is None or len(parts.ids) < FEWEST:
        return
    rows = _some(len(parts.ids))
    ends = [_ENDING.match(one) for one in parts.ids[rows].tolist()]
    starts = np.array([end[1] if end else "" for end in ends])
    numbers = np.array([int(end[2][-15:]) if end else -1 for end in ends], np.int64)
    truth = parts.y_test[rows]
    if 1 < len(np.unique(starts)) <= len(starts) // 3:
        share = _explained(parts.task, starts, truth)
        if share > MANY:
            _note_ids(parts, found, "The beginning of an id tells the answer in most cases")
            return
    if len(np.unique(numbers)) > FEWEST and _neighbours_agree(
        parts.task, np.argsort(numbers), truth
    ):
        _note_ids(parts, found, "Rows whose ids follow one another have like answers")


def _note_ids(parts: Parts, found: Found, what: str) -> None:
    found.add(
        "ids_tell", parts.files["test"], None, f"{what}: whoever looks at the ids needs no model.",
        "Number the rows anew after shuffling them.",
    )  # fmt: skip


def _telling_order(parts: Parts, found: Found) -> None:
    if len(parts.y_test) < FEWEST:
        return
    truth = parts.y_test[_some(len(parts.y_test))]
    if _neighbours_agree(parts.task, np.arange(len(truth)), truth):
        found.add(
            "order_tells", parts.files["test"], None,
            "Neighbouring hidden rows have like answers: their order gives some away.",
            "Shuffle the rows, unless they are a series by nature.",
        )  # fmt: skip


def _some(rows: int) -> NDArray[np.intp]:
    """At most `MOST_LOOKED_AT` rows, evenly spread and in order."""
    return np.unique(np.linspace(0, rows - 1, min(rows, MOST_LOOKED_AT)).astype(np.intp))


def _neighbours_agree(task: Task, order: NDArray[np.intp], truth: Truth) -> bool:
    """Whether rows next to each other in this order agree far more often than by chance."""
    label = strata(task, truth)[order]
    shares = np.bincount(label - label.min()) / len(label)
    by_chance = float((shares**2).sum())
    agree = float((label[1:] == label[:-1]).mean())
    deviation = np.sqrt(by_chance * (1 - by_chance) / (len(label) - 1))
    surprising = agree - by_chance > 6 * deviation
    return bool(surprising and agree - by_chance > MANY * (1 - by_chance))


def _telling_columns(parts: Parts, found: Found) -> None:
    columns = _columns(parts)
    if not columns:
        return
    told = []
    for name, values in columns.items():
        if _explained(parts.task, values[0], values[1]) > ALMOST_ALL:
            told.append(name)
    if told:
        found.add(
            "column_tells", parts.files["train"], None,
            f"{quoted(told)} alone predict{'s' if len(told) == 1 else ''} the target "
            "almost perfectly.",
            "Is it known when predictions are made? If not, take it out of all tables.",
        )  # fmt: skip


def _columns(parts: Parts) -> dict[str, tuple[NDArray[Any], Truth]]:
    """What models read of some training rows, column by column, with the answers."""
    if parts.x_train.ndim != 2 or parts.x_train.shape[1] > MOST_COLUMNS:
        return {}
    rows = np.random.default_rng(SEED).permutation(len(parts.x_train))[:MOST_LOOKED_AT]
    if len(rows) < FEWEST:
        return {}
    truth, found = parts.y_train[rows], {}
    if parts.tables:
        for name in dict.fromkeys(feature.column for feature in parts.features):
            column = parts.tables[0].columns[name]
            values = column.codes if column.numbers is None else column.numbers
            assert values is not None
            found[name] = (_finite(values[rows]), truth)
        return found
    for place in range(parts.x_train.shape[1]):
        found[f"column {place}"] = (parts.x_train[rows, place], truth)
    return found


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    return np.nan_to_num(values) if values.dtype.kind == "f" else values


def _explained(task: Task, values: NDArray[Any], truth: Truth) -> float:
    """How much better than a constant the values alone predict, 0 to 1, on the half of the rows
    that wasn't learnt from: errors of classes, squared errors of the first output else.
    """
    bins = _binned(values)
    half = np.arange(len(bins)) % 2 == 0
    if task.kind is Kind.REGRESSION or task.kind is Kind.MULTILABEL:
        numbers = truth[:, 0].astype(np.float64)
        return _variance_explained(bins, numbers, half)
    return _errors_explained(bins, truth.astype(np.int64), half, max(2, len(task.classes)))


def _binned(values: NDArray[Any]) -> NDArray[np.int64]:
    different, bins = np.unique(values, return_inverse=True)
    if len(different) > BINS and values.dtype.kind in "uif":
        edges = np.quantile(values, np.arange(1, BINS) / BINS)
        bins = np.searchsorted(edges, values, side="right")
    return bins.reshape(-1).astype(np.int64)


def _errors_explained(
    bins: NDArray[np.int64], truth: NDArray[np.int64], half: NDArray[np.bool_], classes: int
) -> float:
    counts = np.zeros((int(bins.max()) + 1, classes), np.int64)
    np.add.at(counts, (bins[half], truth[half]), 1)
    overall = int(np.bincount(truth[half], minlength=classes).argmax())
    best = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), overall)
    wrong = float((best[bins[~half]] != truth[~half]).mean())
    usual = float((truth[~half] != overall).mean())
    return 1 - wrong / usual if usual else 0.0


def _variance_explained(
    bins: NDArray[np.int64], numbers: NDArray[np.float64], half: NDArray[np.bool_]
) -> float:
    size = int(bins.max()) + 1
    counts = np.bincount(bins[half], minlength=size)
    sums = np.bincount(bins[half], numbers[half], minlength=size)
    mean = float(numbers[half].mean())
    middle = np.divide(sums, counts, out=np.full(size, mean), where=counts > 0)
    missed = float(((numbers[~half] - middle[bins[~half]]) ** 2).sum())
    usual = float(((numbers[~half] - mean) ** 2).sum())
    return 1 - missed / usual if usual else 0.0
