"""A checked contest as a dataset: the arrays, ids and tables that are kept and handed out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests.check import Contest
from heldout_server.contests.parts import Parts, positive_last
from heldout_server.datasets.loaded import Inputs, LabelsAre, LoadedDataset, frozen_rows
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Truth

FILLED = "Empty cells of numbers hold the median of the training rows."
PRACTICE = "The hidden labels are public: this is for practice."
TAKEN = frozenset({"mnist", "digits", "custom"})
"""What our own loaders call theirs."""
TABLES = ("train.csv", "practice.csv", "test.csv")
LONGEST_SLUG = 44


def dataset_of(contest: Contest) -> LoadedDataset:
    """The dataset; its hash doesn't depend on anything hidden."""
    file, parts = contest.file, _positive_last(contest.parts)
    task = parts.task
    tables = {name: table.content for name, table in zip(TABLES, parts.tables, strict=False)}
    notes = [FILLED] if parts.filled else []
    if file.data.labels_are == "public":
        notes.append(PRACTICE)
    return LoadedDataset(
        slug=_slug(file.slug or slug_of(file.title)),
        name=file.title,
        note=" ".join(notes),
        task=task,
        x_train=_frozen(parts.x_train),
        y_train=_given(task, parts.y_train),
        x_practice=_frozen(parts.x_practice),
        y_practice=_given(task, parts.y_practice),
        x_test=_frozen(parts.x_test),
        y_test=parts.y_test,
        features=parts.features,
        ids=parts.ids,
        tables=tables,
        groups=parts.groups,
        usage=parts.usage,
        labels_are=cast("LabelsAre | None", file.data.labels_are),
    )


def _positive_last(parts: Parts) -> Parts:
    """The answers as `parts.positive_last` counts the classes."""
    task = positive_last(parts.task)
    if task == parts.task:
        return parts
    return replace(
        parts,
        task=task,
        y_train=1 - parts.y_train,
        y_practice=1 - parts.y_practice,
        y_test=1 - parts.y_test,
    )


def slug_of(title: str) -> str:
    """An address made from a title."""
    ascii_title = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", ascii_title.lower()).strip("-")
    return plain[:LONGEST_SLUG].strip("-") or "contest"


def _slug(wanted: str) -> str:
    return f"{wanted}-data" if wanted in TAKEN else wanted


def _frozen(inputs: Inputs) -> Inputs:
    return frozen_rows(inputs, slice(None))


def _given(task: Task, truth: Truth) -> NDArray[Any]:
    """Answers as participants get them: small whole numbers, or numbers (n,) of one output."""
    if task.kind is Kind.REGRESSION:
        return truth[:, 0] if task.width == 1 else truth
    most = len(task.classes) - 1 if task.has_classes else 1
    return truth.astype(np.uint8 if most <= np.iinfo(np.uint8).max else np.uint16)
