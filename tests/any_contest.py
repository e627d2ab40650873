"""A small contest of each kind of task, with people and tries, to walk every surface of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from sqlmodel import select

from heldout_server.blobs import BlobStore
from heldout_server.datasets.loaded import Feature, LoadedDataset
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import LabelStore
from heldout_server.jobs import ledger
from heldout_server.kit.db import Database
from heldout_server.kit.settings import Settings
from heldout_server.models import Competition, Participant, RunCard, Step, Submission
from heldout_server.models.base import public_id
from heldout_server.processes.installation import Folders, Installation, add_competition
from heldout_server.tasks.catalogue import metric
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions

TRAINING, PRACTICE, HIDDEN = 60, 20, 80
NAMES = ("Ada", "Bob", "Cleo")
# How far each try is from the truth: everybody's second is better, Cleo's third is worse again.
TRIES = {"Ada": (0.9, 0.2), "Bob": (0.7, 0.5), "Cleo": (0.95, 0.35, 0.6)}
BEST_FIRST = ("Ada", "Cleo", "Bob")


@dataclass(frozen=True)
class Contest:
    """A dataset and what it is ranked by."""

    dataset: LoadedDataset
    metric: str
    also: tuple[str, ...]

    @property
    def slug(self) -> str:
        return self.dataset.slug

    @property
    def is_loss(self) -> bool:
        return metric(self.metric).is_loss


def _dataset(slug: str, name: str, task: Task, inputs: Any, answers: Any, **more: Any) -> Any:
    cuts = (slice(0, TRAINING), slice(TRAINING, TRAINING + PRACTICE), slice(-HIDDEN, None))
    train, practice, test = cuts
    return LoadedDataset(
        slug=slug, name=name, note="", task=task, x_train=inputs[train], y_train=answers[train],
        x_practice=inputs[practice], y_practice=answers[practice], x_test=inputs[test],
        y_test=answers[test], **more,
    )  # fmt: skip


def _table(columns: tuple[str, ...]) -> tuple[Any, tuple[Feature, ...]]:
    inputs = np.random.default_rng(1).normal(size=(TRAINING + PRACTICE + HIDDEN, len(columns)))
    return inputs.astype(np.float32), tuple(Feature(name, name) for name in columns)


def binary() -> Contest:
    """Two classes of rows of a table, ranked by ROC AUC."""
    inputs, features = _table(("radius", "texture", "area"))
    task = Task(Kind.BINARY, ("benign", "malignant"), ("diagnosis",))
    answers = (inputs[:, 0] > 0).astype(np.uint8)
    data = _dataset("tumours", "Tumours", task, inputs, answers, features=features)
    return Contest(data, "roc_auc", ("accuracy", "neg_log_loss"))


def multiclass() -> Contest:
    """Three classes of colour images, ranked by log loss."""
    dice = np.random.default_rng(2)
    inputs = dice.integers(0, 100, (TRAINING + PRACTICE + HIDDEN, 8, 8, 3)).astype(np.uint8)
    answers = dice.permutation(np.arange(len(inputs)) % 3).astype(np.uint8)
    inputs[..., 0] += 60 * answers[:, None, None]
    task = Task(Kind.MULTICLASS, ("Adelie", "Chinstrap", "Gentoo"))
    return Contest(
        _dataset("penguins", "Penguins", task, inputs, answers), "neg_log_loss", ("accuracy",)
    )


def multilabel() -> Contest:
    """Three labels of arrays, ranked by F1 of the examples."""
    dice = np.random.default_rng(3)
    inputs = dice.normal(size=(TRAINING + PRACTICE + HIDDEN, 12, 3)).astype(np.float32)
    answers = (inputs.mean(axis=1) > 0).astype(np.uint8)  # what a linear model finds
    answers[answers.sum(axis=1) == 0, 0] = 1
    task = Task(Kind.MULTILABEL, (), ("rain", "wind", "fog"))
    data = _dataset("weather", "Weather", task, inputs, answers)
    return Contest(data, "f1_samples", ("neg_hamming_loss",))


def regression() -> Contest:
    """Prices from a table, ranked by RMSE."""
    inputs, features = _table(("rooms", "age", "distance"))
    answers = 250.0 + inputs @ np.array([[80.0], [-30.0], [12.0]]) + 3.0
    task = Task(Kind.REGRESSION, (), ("price",))
    data = _dataset("houses", "Houses", task, inputs, answers, features=features)
    return Contest(data, "neg_root_mean_squared_error", ("r2", "neg_mean_absolute_error"))


CONTESTS: Mapping[Kind, Callable[[], Contest]] = {
    Kind.BINARY: binary,
    Kind.MULTICLASS: multiclass,
    Kind.MULTILABEL: multilabel,
    Kind.REGRESSION: regression,
}


def installation(
    contest: Contest, database: Database, settings: Settings, root: Path, now: Any
) -> Installation:
    """An installation whose only contest this is, open."""
    folders = Folders(root)
    folders.work.mkdir()
    installed = Installation(
        settings=settings,
        folders=folders,
        database=database,
        blobs=BlobStore(folders.blobs),
        datasets=DatasetStore(folders.datasets),
        labels=LabelStore(folders.labels),
    )
    data = contest.dataset
    info = installed.datasets.add(data)
    installed.labels.add(info.content_hash, data.y_test)
    installed.labels.split(info.slug, info.content_hash, info.task, public_fraction=0.5)
    with database.write() as session:
        competition = add_competition(session, info, settings, now=now)
        competition.metric, competition.also = contest.metric, list(contest.also)
        competition.title, competition.description = data.name, "What is it?"
        session.add(competition)
    return installed


def predictions(contest: Contest, noise: float, seed: int = 0) -> Predictions:
    """As far from the truth as `noise` says, from 0 (right) to 1."""
    dice, task, truth = np.random.default_rng(seed), contest.dataset.task, contest.dataset.y_test
    if task.kind is Kind.REGRESSION:
        return Predictions(None, truth + dice.normal(size=truth.shape) * 100 * noise, "numbers")
    sure = np.clip(_truth_as_values(task, truth) * (1 - noise) + noise * 0.5, 0.001, 0.999)
    values = np.clip(sure + dice.normal(size=sure.shape) * 0.6 * noise, 0.001, 0.999)
    if task.kind is Kind.MULTICLASS:
        values = values / values.sum(axis=1, keepdims=True)
        return Predictions(values.argmax(axis=1), values, "probabilities")
    labels = (values >= 0.5).astype(np.int64)
    if task.kind is Kind.BINARY:
        return Predictions(labels[:, 0], values, "probabilities")
    return Predictions(labels, values, "probabilities")


def _truth_as_values(task: Task, truth: Any) -> Any:
    if task.kind is Kind.MULTICLASS:
        return np.eye(len(task.classes))[truth]
    return truth.reshape(len(truth), -1).astype(float)


def send(installed: Installation, name: str, said: Predictions, now: Any, **fields: Any) -> str:
    """Queue stored predictions to be graded, as if a file had been read; answers its public id."""
    digest = installed.blobs.put(said.to_bytes())
    with installed.database.write() as session:
        who = session.exec(select(Participant).where(Participant.name == name)).one()
        submission = Submission(
            public_id=public_id("s"), participant_id=who.id, competition_id=who.competition_id,
            idempotency_key=uuid4().hex, name=f"{name}'s try", filename="predictions.npy",
            size_bytes=len(said.to_bytes()), sha256=digest, predictions_sha256=digest,
            created_at=now, queued_at=now, **{"kind": "predictions", **fields},
        )  # fmt: skip
        session.add(submission)
        session.flush()
        ledger.enqueue(session, submission, step=Step.GRADE, pool="grade")
        card = {
            "hyperparameters": {"optimizer": "Adam", "learning_rate": 0.001, "study": "grid"},
            "history": {"loss": [0.9, 0.5, 0.4], "val_loss": [0.8, 0.6, 0.5]},
        }
        session.add(RunCard(submission_id=submission.id, card=card))
        return submission.public_id


def reranked(contest: Contest, name: str) -> Contest:
    """The same data ranked by another metric."""
    return replace(contest, metric=name)


def the_competition(installed: Installation) -> Competition:
    """Its row."""
    with installed.database.read() as session:
        return session.exec(select(Competition)).one()
