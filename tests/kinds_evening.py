"""An evening of four contests, one of each kind, with a real Keras model sent to each."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes

import heldout
from acceptance.conftest import RunningServer, start_server
from conftest import CODE
from heldout_server.datasets.loaded import Feature, LoadedDataset, scaling_of
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import open_installation
from heldout_server.tasks.kinds import Kind, Task
from made_contests import open_contest

RMSE = "neg_root_mean_squared_error"
COLOURS = ("brick", "grass", "sea")


@dataclass(frozen=True)
class Contest:
    """A data set, what its board ranks by, and how a model for it ends."""

    dataset: LoadedDataset
    metric: str
    units: int
    activation: str | None
    loss: str
    measured: tuple[str, ...]


def divided(slug: str, task: Task, x: Any, y: Any, names: Sequence[str] = ()) -> LoadedDataset:
    """Half to train, a sixth to practise, a third hidden, in random order."""
    order = np.random.default_rng(7).permutation(len(x))
    x, y = x[order], y[order]
    cut, end = len(x) // 2, len(x) * 2 // 3
    features = tuple(
        Feature(name, name, mean=float(x[:cut, n].mean()), deviation=float(x[:cut, n].std()))
        for n, name in enumerate(names)
    )
    hidden = y[end:].reshape(-1, 1) if task.kind is Kind.REGRESSION else y[end:]
    return LoadedDataset(
        slug, slug.capitalize(), "", task, x[:cut], y[:cut], x[cut:end], y[cut:end], x[end:],
        hidden, features=features,
    )  # fmt: skip


def contests() -> tuple[Contest, ...]:
    cancer, sugar, dice = (
        load_breast_cancer(),
        load_diabetes(scaled=False),
        np.random.default_rng(3),
    )
    grown = Task(Kind.BINARY, ("malignant", "benign"), ("diagnosis",), positive=0)
    worse = Task(Kind.REGRESSION, (), ("progression",))
    tags = Task(Kind.MULTILABEL, (), ("loud", "fast", "sad"))
    points = dice.normal(size=(900, 8)).astype(np.float32)
    sounds = (points[:, :3] + dice.normal(scale=0.6, size=(900, 3)) > 0.4).astype(np.uint8)
    sorts = dice.integers(0, 3, 300).astype(np.uint8)
    pictures = dice.normal(90, 60, size=(300, 16, 16, 3))
    pictures[np.arange(300), :, :, sorts] += 20
    return (
        Contest(
            divided("growths", grown, cancer.data.astype(np.float32),
                    cancer.target.astype(np.uint8), cancer.feature_names.tolist()),
            "roc_auc", 1, "sigmoid", "binary_crossentropy", ("accuracy", "AUC"),
        ),
        Contest(
            divided("sugar", worse, sugar.data.astype(np.float32), sugar.target.astype(np.float64),
                    sugar.feature_names),
            RMSE, 1, None, "mse", ("mae",),
        ),
        Contest(divided("sounds", tags, points, sounds), "f1_samples", 3, "sigmoid",
                "binary_crossentropy", ("binary_accuracy",)),
        Contest(
            divided("colours", Task(Kind.MULTICLASS, COLOURS),
                    pictures.clip(0, 255).astype(np.uint8), sorts),
            "accuracy", 3, "softmax", "sparse_categorical_crossentropy", ("accuracy",),
        ),
    )  # fmt: skip


def code_of(contest: Contest) -> str:
    """The room's code of a contest."""
    return f"{CODE}{contest.dataset.slug}"


def serve(folder: Path, found: Sequence[Contest]) -> RunningServer:
    """A server with all of them open."""
    settings = Settings(data=folder / "data", join_code=CODE, quota_per_day=0, mnist=None)
    installed = open_installation(settings)
    for contest in found:
        made = open_contest(
            installed, contest.dataset, metric=contest.metric, now=datetime.now(UTC)
        )
        made.join_code = code_of(contest)
        with installed.database.write() as session:
            session.merge(made)
    installed.database.dispose()
    return start_server(folder / "data", HELDOUT_MODEL_WORKERS="1")


def send_model(server: RunningServer, contest: Contest) -> Any:
    """Train a small network for a few epochs and submit it with its curves."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    data = contest.dataset
    scale = scaling_of(data.x_train, data.features)
    x = ((data.x_train - scale.mean) / scale.deviation).astype(np.float32)
    model = keras.Sequential(
        [
            keras.Input(data.x_train.shape[1:]), layers.Flatten(),
            layers.Dense(16, activation="relu"),
            layers.Dense(contest.units, activation=contest.activation),
        ]
    )  # fmt: skip
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=contest.loss,
                  metrics=list(contest.measured))  # fmt: skip
    heldout.track(model)
    model.fit(
        x, data.y_train.astype(np.float32), epochs=25, verbose=0,
        validation_split=0.25,
    )  # fmt: skip
    name = f"Ada {data.slug}"
    with (
        heldout.join(server.url, code_of(contest), name, progress=False) as client,
        warnings.catch_warnings(),
    ):
        # Keras saves TensorFlow's variables by a call that NumPy 2 warns of.
        warnings.simplefilter("ignore", DeprecationWarning)
        return client.submit(model, name=f"{data.slug} net", preprocessing="standardize")
