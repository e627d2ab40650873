"""Small contests of other kinds than digits, for tests that need a table or numbers to predict."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from heldout_server.datasets.loaded import Feature, LoadedDataset
from heldout_server.models import Competition
from heldout_server.processes.installation import Installation, add_competition
from heldout_server.tasks.kinds import Kind, Task

COLUMNS = ("length", "depth", "mass")
SPECIES = ("Adelie", "Chinstrap", "Gentoo")


def penguins(seed: int = 3) -> LoadedDataset:
    """Three classes of a table with ids: 90 rows to train, 12 to practise, 40 hidden."""
    generator = np.random.default_rng(seed)
    answers = generator.permutation(np.arange(142) % 3).astype(np.uint8)
    means = np.array([40, 17, 4000]) + answers[:, None] * np.array([2.0, 1.0, 0.0])
    inputs = generator.normal(means, 1)
    return _table("penguins", Task(Kind.MULTICLASS, SPECIES, ("species",)), inputs, answers)


def prices(seed: int = 4) -> LoadedDataset:
    """A number to predict, in a table with ids: three times the length and a little noise."""
    generator = np.random.default_rng(seed)
    inputs = generator.normal((40, 17, 4000), 1, size=(142, 3))
    answers = 3 * inputs[:, 0] + inputs[:, 1] + generator.normal(scale=0.1, size=142)
    return _table("prices", Task(Kind.REGRESSION, (), ("price",)), inputs, answers)


def spam(seed: int = 5) -> LoadedDataset:
    """Two classes, of which the second is the positive one: long ones are spam, mostly."""
    generator = np.random.default_rng(seed)
    answers = generator.permutation(np.arange(142) % 2).astype(np.uint8)
    inputs = generator.normal(np.array([40, 17, 4000]) + answers[:, None] * 2.0, 1)
    return _table("spam", Task(Kind.BINARY, ("fine", "spam"), ("sort",)), inputs, answers)


def tags(seed: int = 6) -> LoadedDataset:
    """Three labels that are there or not: whether each column is above its middle, mostly."""
    generator = np.random.default_rng(seed)
    inputs = generator.normal((40, 17, 4000), 1, size=(142, 3))
    noise = generator.normal(scale=0.3, size=inputs.shape)
    answers = (inputs + noise > (40, 17, 4000)).astype(np.uint8)
    return _table("tags", Task(Kind.MULTILABEL, (), ("long", "deep", "heavy")), inputs, answers)


def _table(slug: str, task: Task, inputs: Any, answers: Any) -> LoadedDataset:
    train, practice, test = slice(0, 90), slice(90, 102), slice(102, 142)
    x = inputs.astype(np.float32)
    ids = np.array([f"row-{number:03}" for number in range(142)])
    said = [_cells(task, answer) for answer in answers]
    features = tuple(
        Feature(name, name, mean=float(x[train, n].mean()), deviation=float(x[train, n].std()))
        for n, name in enumerate(COLUMNS)
    )
    is_number = task.kind is Kind.REGRESSION
    whole = np.asarray(answers, np.float64) if is_number else np.asarray(answers)
    return LoadedDataset(
        slug=slug,
        name=slug.capitalize(),
        note="",
        task=task,
        x_train=x[train],
        y_train=whole[train],
        x_practice=x[practice],
        y_practice=whole[practice],
        x_test=x[test],
        y_test=whole[test].reshape(-1, 1) if is_number else whole[test],
        features=features,
        ids=ids[test],
        tables={
            "train.csv": _csv(ids[train], x[train], said[train], task.targets),
            "practice.csv": _csv(ids[practice], x[practice], said[practice], task.targets),
            "test.csv": _csv(ids[test], x[test]),
        },
    )


def _cells(task: Task, answer: Any) -> list[str]:
    if task.classes:
        return [task.classes[answer]]
    return [f"{value!r}" for value in np.atleast_1d(answer).tolist()]


def _csv(
    ids: Sequence[str],
    rows: Any,
    answers: Sequence[list[str]] = (),
    targets: Sequence[str] = (),
) -> bytes:
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write(["id", *COLUMNS, *targets])
    for number, (name, row) in enumerate(zip(ids, rows, strict=True)):
        write([name, *(repr(float(value)) for value in row), *(answers[number] if answers else ())])
    return text.getvalue().encode()


def open_contest(
    installed: Installation, dataset: LoadedDataset, *, metric: str, now: datetime
) -> Competition:
    """Add the data set and open a contest on it, for prediction files and models."""
    info = installed.datasets.add(dataset)
    installed.labels.add(info.content_hash, dataset.y_test)
    installed.labels.split(info.slug, info.content_hash, info.task, public_fraction=0.5)
    with installed.database.write() as session:
        competition = add_competition(session, info, installed.settings, now=now)
        competition.metric = metric
        session.add(competition)
    return competition
