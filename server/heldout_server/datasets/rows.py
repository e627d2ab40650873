"""A stored dataset's public facts as a row of the database, and the task in such a row."""

from __future__ import annotations

from datetime import datetime

from heldout_server.datasets.store import DatasetInfo
from heldout_server.models import Dataset
from heldout_server.tasks.kinds import Kind, Task


def row_of(info: DatasetInfo, *, now: datetime) -> Dataset:
    """The row of a stored dataset."""
    return Dataset(
        content_hash=info.content_hash,
        name=info.name,
        task=info.task.kind,
        note=info.note,
        class_names=list(info.task.classes),
        targets=list(info.task.targets),
        positive=info.task.positive,
        input_shape=list(info.input_shape),
        input_type=info.input_type,
        columns=[feature.name for feature in info.features],
        labels_are=info.labels_are,
        training_examples=info.training_examples,
        practice_examples=info.practice_examples,
        test_examples=info.test_examples,
        images_hash=info.images_hash,
        created_at=now,
    )


def task_of(row: Dataset) -> Task:
    """What is to be predicted."""
    return Task(Kind(row.task), tuple(row.class_names), tuple(row.targets), row.positive)
