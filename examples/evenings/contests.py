"""Five contest folders, one for each kind of task and of input, and what people hand in."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

Array = NDArray[Any]
SEED = 20261129


@dataclass(frozen=True)
class Evening:
    """One contest: its slug, how its folder is made, and what is submitted to it, by name.

    `submissions` gets what `client.data()` gave and yields a name with something to submit.
    """

    slug: str
    metric: str
    make: Callable[[Path], None]
    submissions: Callable[[Any], Iterator[tuple[str, Any]]]


def binary_table(folder: Path) -> None:
    """Benign or malignant, from thirty measurements, ranked by ROC AUC."""
    found = datasets.load_breast_cancer()
    names = [name.replace(" ", "_") for name in found.feature_names]
    classes = [str(found.target_names[label]) for label in found.target]
    _table(folder, names, found.data, "diagnosis", classes)
    _write(
        folder,
        title="Breast cancer",
        task='kind = "binary"\nmetric = "roc_auc"\nalso = ["accuracy", "neg_log_loss"]\n'
        'classes = ["malignant", "benign"]\npositive = "malignant"',
        data='train = "train.csv"\ntest = "test.csv"\nlabels = "labels.csv"\nid = "id"\n'
        'target = "diagnosis"\nlabels_are = "public"',
    )


def regression_table(folder: Path) -> None:
    """How diabetes goes on after a year, ranked by RMSE."""
    found = datasets.load_diabetes(scaled=False)
    _table(folder, list(found.feature_names), found.data, "progression", found.target.tolist())
    _write(
        folder,
        title="Diabetes",
        task='kind = "regression"\nmetric = "neg_root_mean_squared_error"\n'
        'also = ["neg_mean_absolute_error", "r2"]',
        data='train = "train.csv"\ntest = "test.csv"\nlabels = "labels.csv"\nid = "id"\n'
        'target = "progression"\nlabels_are = "public"',
    )


def colour_images(folder: Path) -> None:
    """Shapes in colour, 16×16 pixels with three channels, ranked by accuracy."""
    random = np.random.default_rng(SEED)
    labels = random.integers(0, len(SHAPES), 1800)
    images = np.stack([_picture(SHAPES[label], random) for label in labels])
    folder.mkdir(parents=True)
    np.savez_compressed(
        folder / "data.npz",
        x_train=images[:1200], y_train=labels[:1200].astype(np.uint8),
        x_test=images[1200:], y_test=labels[1200:].astype(np.uint8),
    )  # fmt: skip
    _write(
        folder,
        title="Shapes in colour",
        task='kind = "multiclass"\nmetric = "accuracy"\nalso = ["neg_log_loss", "f1_macro"]\n'
        f"classes = {list(SHAPES)!r}".replace("'", '"'),
        data='file = "data.npz"\nlabels_are = "secret"',
        models='preprocessing = "0-1"',
    )


def multilabel_arrays(folder: Path) -> None:
    """Which of four tones sound together, from 32 samples of two microphones."""
    random = np.random.default_rng(SEED)
    labels = (random.random((1500, 4)) < 0.4).astype(np.uint8)
    time = np.arange(32)[None, :, None] / 32
    sound = np.zeros((1500, 32, 2))
    for tone in range(4):
        phase = random.random((1500, 1, 1)) * 2 * np.pi
        wave = np.sin(2 * np.pi * (2 + 3 * tone) * time + phase) * [1.0, 0.5 + 0.2 * tone]
        sound += labels[:, tone, None, None] * wave
    sound = (sound + random.normal(0, 0.8, sound.shape)).astype(np.float32)
    folder.mkdir(parents=True)
    np.savez_compressed(
        folder / "data.npz",
        x_train=sound[:1000], y_train=labels[:1000], x_test=sound[1000:], y_test=labels[1000:],
    )  # fmt: skip
    _write(
        folder,
        title="Tones",
        task='kind = "multilabel"\nmetric = "f1_samples"\nalso = ["f1_macro", "neg_hamming_loss"]',
        data='file = "data.npz"\ntarget = ["low", "middle", "high", "shrill"]\n'
        'labels_are = "secret"',
        models='preprocessing = "none"',
    )


def grouped_series(folder: Path) -> None:
    """The next hour's load of forty stations from the last twelve; no station is divided."""
    random = np.random.default_rng(SEED)
    names = [f"h{hour}" for hour in range(12)]
    rows, targets, stations = [], [], []
    for station in range(40):
        level, swing = random.normal(50, 15), random.uniform(5, 15)
        hours = np.arange(60)
        load = level + swing * np.sin(hours / 24 * 2 * np.pi) + random.normal(0, 2, 60)
        for start in range(0, 48, 2):
            rows.append(load[start : start + 12])
            targets.append(round(float(load[start + 12]), 3))
            stations.append(f"station-{station:02d}")
    _table(folder, names, np.round(np.array(rows), 3), "next", targets, groups=stations)
    _write(
        folder,
        title="Stations",
        task='kind = "regression"\nmetric = "neg_mean_absolute_error"\n'
        'also = ["neg_root_mean_squared_error"]',
        data='train = "train.csv"\ntest = "test.csv"\nlabels = "labels.csv"\nid = "id"\n'
        'target = "next"\ngroup = "station"\nlabels_are = "secret"',
        models=f"columns = {names!r}".replace("'", '"'),
    )


SHAPES = ("disc", "square", "cross", "ring", "bars")


def _picture(shape: str, random: np.random.Generator) -> NDArray[np.uint8]:
    row, column = np.mgrid[0:16, 0:16] - random.uniform(6.5, 8.5, (2, 1, 1))
    size = random.uniform(4, 6.5)
    distance = np.hypot(row, column)
    inside = {
        "disc": distance < size,
        "square": (abs(row) < size) & (abs(column) < size),
        "cross": (abs(row) < 1.5) | (abs(column) < 1.5),
        "ring": abs(distance - size) < 1.3,
        "bars": np.floor(row / 3).astype(int) % 2 == 0,
    }[shape]
    colours = random.integers(0, 256, (2, 3))
    picture = np.where(inside[..., None], colours[0], colours[1])
    return np.clip(picture + random.normal(0, 40, picture.shape), 0, 255).astype(np.uint8)


def _table(
    folder: Path,
    names: list[str],
    values: Array,
    target: str,
    answers: list[Any],
    groups: list[str] | None = None,
) -> None:
    """Two thirds to learn from; the ids of the rest are shuffled and tell nothing."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(SEED)
    order = random.permutation(len(values))
    if groups is not None:  # whole stations are hidden, too
        hidden = set(random.permutation(sorted(set(groups)))[: len(set(groups)) // 3])
        train = [row for row in order if groups[row] not in hidden]
        test = [row for row in order if groups[row] in hidden]
    else:
        train, test = list(order[: 2 * len(order) // 3]), list(order[2 * len(order) // 3 :])
    ids = [f"r{number:05d}" for number in random.permutation(len(values))]
    beside = [] if groups is None else ["station"]

    def cells(row: int) -> list[Any]:
        return [ids[row], *([] if groups is None else [groups[row]]), *values[row].tolist()]

    _csv(folder / "train.csv", ["id", *beside, *names, target],
         [[*cells(row), answers[row]] for row in train])  # fmt: skip
    _csv(folder / "test.csv", ["id", *beside, *names], [cells(row) for row in test])
    _csv(folder / "labels.csv", ["id", target], [[ids[row], answers[row]] for row in test])


def _csv(path: Path, header: list[str], rows: list[list[Any]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def _write(folder: Path, *, title: str, task: str, data: str, models: str = "") -> None:
    (folder / "contest.toml").write_text(
        f'format = "heldout.contest/1"\ntitle = "{title}"\n\n[task]\n{task}\n\n[data]\n{data}\n\n'
        f"[models]\n{models}\n\n[rules]\npublic_fraction = 0.5\nquota_per_day = 50\n"
    )
