"""Taking in other labels for the hidden examples: the web hands them over and can't read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.answer_values import Answer, value_of
from heldout_server.grading.labels import LabelStore
from heldout_server.kit.errors import ProblemError
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Truth


@dataclass(frozen=True)
class LabelSet:
    """A label set that was kept: its version, and how many labels differ from the ones before."""

    version: str
    changed: int


@dataclass(frozen=True)
class LabelIntake:
    """Keeps corrected label sets as versions of their own. No method gives a label back."""

    labels: LabelStore
    datasets: DatasetStore

    def corrected(
        self, content_hash: str, base: str | None, corrections: Mapping[int | str, Answer]
    ) -> LabelSet:
        """The set `base` with the labels of some examples replaced: by their places (from 0), or
        as text by their ids, where they have any.

        Raises ProblemError `validation` for an example or an answer that there isn't.
        """
        task = self.datasets.info(content_hash).task
        before = self.labels.labels(content_hash, base)
        after = before.copy()
        place = _places(self.datasets.ids(content_hash), len(after))
        for where, answer in corrections.items():
            after[place(where)] = value_of(task, answer)
        return self._keep(content_hash, before, after)

    def replaced(
        self,
        content_hash: str,
        base: str | None,
        labels: ArrayLike | Sequence[Answer],
        ids: Sequence[str] | None = None,
    ) -> LabelSet:
        """A whole new set: an array in the shape of `kinds.Task`, or one answer for each example.

        In the order of the test set, or of `ids`, which are then those of the hidden examples.
        Rows of text with one column more than there are outputs begin with the id; a first row
        above them all is a header. Raises ProblemError `validation` when it doesn't fit.
        """
        task = self.datasets.info(content_hash).task
        before = self.labels.labels(content_hash, base)
        columns = 1 if before.ndim == 1 else before.shape[1]
        answers, ids = _told_apart(labels, ids, len(before), columns)
        after = _as_values(task, before, answers)
        if ids is not None:
            after = after[self._order(content_hash, ids)]
        return self._keep(content_hash, before, after)

    def _order(self, content_hash: str, ids: Sequence[str]) -> NDArray[np.intp]:
        """Where each hidden example's answer stands among `ids`."""
        known = self.datasets.ids(content_hash)
        if known is None:
            raise ProblemError(
                "validation",
                "These hidden examples have no ids.",
                "Send one answer for each, in the order of the test set.",
            )
        given = np.asarray(ids, dtype=str)
        order = np.argsort(given, kind="stable")
        if len(given) != len(known) or not np.array_equal(given[order], np.sort(known)):
            strange = sorted(set(given.tolist()) ^ set(known.tolist()))[:5]
            named = f", unlike {', '.join(strange)}" if strange else ", and none twice"
            raise ProblemError(
                "validation",
                f"A label set names each of the {len(known)} hidden examples once{named}.",
                "Take the ids from the test set.",
            )
        ranks: NDArray[np.intp] = np.argsort(np.argsort(known, kind="stable"), kind="stable")
        return order[ranks]

    def _keep(self, content_hash: str, before: Truth, after: Truth) -> LabelSet:
        task = self.datasets.info(content_hash).task
        highest = len(task.classes) - 1 if task.has_classes else 1
        if not np.isfinite(after).all():
            raise ProblemError("validation", "A target is a finite number.")
        if task.kind is not Kind.REGRESSION and (after.min() < 0 or after.max() > highest):
            raise ProblemError("validation", f"A label is a class from 0 to {highest}.")
        version = self.labels.add_version(content_hash, after)
        changed = before != after
        return LabelSet(version, int((changed.any(axis=1) if changed.ndim == 2 else changed).sum()))


def _places(ids: NDArray[np.str_] | None, count: int) -> Callable[[int | str], int]:
    """Where an example stands, by its id or its place."""
    known = {str(each): place for place, each in enumerate(ids)} if ids is not None else {}

    def place_of(where: int | str) -> int:
        if isinstance(where, str) and where in known:
            return known[where]
        place = int(where) if isinstance(where, int) or where.isdecimal() else -1
        if (isinstance(where, str) and known) or not 0 <= place < count:
            raise _no_example(where, count, has_ids=bool(known))
        return place

    return place_of


def _no_example(where: int | str, count: int, *, has_ids: bool) -> ProblemError:
    if has_ids and isinstance(where, str):
        return ProblemError(
            "validation",
            f"There is no hidden example with the id “{where[:60]}”.",
            "Take the ids from the test set.",
        )
    return ProblemError(
        "validation",
        f"There is no hidden example {str(where)[:60]}: they go from 0 to {count - 1}.",
        "These are places in the test set, as client.data().x_test gives it.",
    )


def _told_apart(
    labels: Any, ids: Sequence[str] | None, count: int, columns: int
) -> tuple[Any, Sequence[str] | None]:
    """The answers without a header and without a column of ids, and these."""
    if isinstance(labels, np.ndarray) or not len(labels) or not _is_text(labels[0]):
        return labels, ids
    rows = labels[1:] if len(labels) == count + 1 else labels
    if ids is None and all(not isinstance(row, str) and len(row) == columns + 1 for row in rows):
        return [row[1:] for row in rows], [row[0] for row in rows]
    return rows, ids


def _is_text(row: Any) -> bool:
    return isinstance(row, str) or (
        isinstance(row, Sequence) and all(isinstance(part, str) for part in row)
    )


def _as_values(task: Task, before: Truth, answers: Any) -> Truth:
    """One answer a hidden example, in the shape that is kept."""
    if not isinstance(answers, np.ndarray) and _has_text(answers):
        if len(answers) != len(before):
            raise _unlike(before)
        return np.stack([value_of(task, _bare(row)) for row in answers])
    try:
        after = np.asarray(answers)
    except ValueError:
        raise _unlike(before) from None
    is_numbers = before.dtype == np.float64
    if is_numbers and after.ndim == 1:
        after = after[:, None]
    kind: type[np.number[Any]] = np.number if is_numbers else np.integer
    if after.shape != before.shape or not np.issubdtype(after.dtype, kind):
        raise _unlike(before)
    return _as_kept(before, after)


def _bare(row: Answer) -> Answer:
    """A row of one column is what stands in it."""
    return row[0] if isinstance(row, Sequence) and len(row) == 1 else row


def _has_text(answers: Any) -> bool:
    return any(
        isinstance(row, str)
        or (isinstance(row, Sequence) and any(isinstance(part, str) for part in row))
        for row in answers
    )


def _unlike(before: Truth) -> ProblemError:
    return ProblemError(
        "validation",
        f"A label set for this dataset has {_wanted(before)}.",
        "One answer for each hidden example, in the order of the test set, or with its id.",
    )


def _as_kept(before: Truth, after: NDArray[Any]) -> Truth:
    return after.astype(np.float64) if before.dtype == np.float64 else after.astype(np.int64)


def _wanted(before: Truth) -> str:
    numbers = "numbers" if before.dtype == np.float64 else "whole numbers"
    if before.ndim == 1:
        return f"{len(before)} {numbers} in one dimension"
    return f"{numbers} of shape {before.shape}"
