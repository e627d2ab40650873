"""Contests that come with Heldout, as folders: real data, and labels that anybody can look up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests import toml_writing
from heldout_server.contests.contest_file import FORMAT
from heldout_server.contests.folder_writing import csv_bytes, new_folder
from heldout_server.contests.making import CannotMake
from heldout_server.contests.problems import CONTEST_FILE
from heldout_server.contests.starter import starter_notebook
from heldout_server.datasets.digits import load_digits
from heldout_server.datasets.loaded import LoadedDataset
from heldout_server.datasets.sources import load_mnist
from heldout_server.grading.splits import public_mask
from heldout_server.kit.settings import Settings
from heldout_server.tasks.kinds import Kind, Task

SHIPPED = ("digits", "breast-cancer", "diabetes", "wine")
"""Those that need nothing from elsewhere."""
SEED = 2026
HIDDEN = 0.3
PUBLIC = "The labels are public: this contest is for practice.\n"
FASHION_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
)  # fmt: skip
_Tables = dict[str, dict[str, toml_writing.Value]]


@dataclass(frozen=True)
class Template:
    """One of them; `words` say what it is in a line. `write(folder, source, settings)` fills it."""

    name: str
    words: str
    write: Callable[[Path, Path | None, Settings], None]


def write(name: str, target: Path, *, source: Path | None, settings: Settings) -> None:
    """Write a template to the folder `target`. Raises CannotMake, NotEmpty and DatasetError.

    `source`: where MNIST or Fashion-MNIST lies, as npz or a folder of IDX files.
    """
    if name not in TEMPLATES:
        raise CannotMake(f"There is no template “{name}”; there are {', '.join(TEMPLATES)}.")
    with new_folder(target) as folder:
        TEMPLATES[name].write(folder, source, settings)


def _breast_cancer(folder: Path, source: Path | None, settings: Settings) -> None:
    from sklearn.datasets import load_breast_cancer

    _table(
        folder, load_breast_cancer(), Kind.BINARY, "diagnosis", "Breast cancer",
        {"metric": "roc_auc", "also": ["accuracy", "neg_log_loss"], "positive": "malignant"},
        "Is the tumour benign or malignant? 30 measurements of cell nuclei in 569 images "
        "(W. N. Street, W. H. Wolberg, O. L. Mangasarian, 1993; UCI, CC BY 4.0).",
    )  # fmt: skip


def _diabetes(folder: Path, source: Path | None, settings: Settings) -> None:
    from sklearn.datasets import load_diabetes

    _table(
        folder, load_diabetes(scaled=False), Kind.REGRESSION, "progression", "Diabetes",
        {"metric": "neg_root_mean_squared_error", "also": ["neg_mean_absolute_error", "r2"]},
        "How far has the disease gone after a year? Ten measurements of 442 patients "
        "(B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, “Least Angle Regression”, 2004).",
    )  # fmt: skip


def _wine(folder: Path, source: Path | None, settings: Settings) -> None:
    from sklearn.datasets import load_wine

    _table(
        folder, load_wine(), Kind.MULTICLASS, "cultivar", "Wine",
        {"metric": "accuracy", "also": ["neg_log_loss", "f1_macro"]},
        "Which of three cultivars is a wine from? 13 chemical measurements of 178 wines "
        "(S. Aeberhard, M. Forina, 1991; UCI, CC BY 4.0).",
    )  # fmt: skip


def _table(
    folder: Path,
    data: Any,
    kind: Kind,
    target: str,
    title: str,
    task: dict[str, toml_writing.Value],
    words: str,
) -> None:
    names = [_plain(name) for name in data.feature_names]
    if kind is Kind.REGRESSION:
        of_kind = Task(kind, targets=(target,))
        truth: NDArray[Any] = data.target.reshape(-1, 1).astype(np.float64)
        answers = [repr(float(value)) for value in data.target]
    else:
        classes = tuple(str(name) for name in data.target_names)
        of_kind, truth = Task(kind, classes, (target,)), data.target.astype(np.int64)
        answers = [classes[number] for number in data.target]
        task = {**task, "classes": list(classes)}
    hidden = public_mask(of_kind, truth, HIDDEN, SEED)
    order = np.random.RandomState(SEED).permutation(len(truth))  # a stream that is frozen
    rows = [[str(n), *map(repr, data.data[row].tolist()), answers[row]]
            for n, row in enumerate(order.tolist())]  # fmt: skip
    train = [row for row, place in zip(rows, order, strict=True) if not hidden[place]]
    test = [row for row, place in zip(rows, order, strict=True) if hidden[place]]
    header = ["id", *names, target]
    (folder / "train.csv").write_bytes(csv_bytes(header, train))
    (folder / "test.csv").write_bytes(csv_bytes(header[:-1], [row[:-1] for row in test]))
    labels = [[row[0], row[-1]] for row in test]
    (folder / "labels.csv").write_bytes(csv_bytes(["id", target], labels))
    sources: dict[str, toml_writing.Value] = {
        "train": "train.csv", "test": "test.csv", "labels": "labels.csv", "id": "id",
        "target": target,
    }  # fmt: skip
    _texts(folder, title, of_kind, task, sources, words)


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in str(name)).strip("_")


def _digits(folder: Path, source: Path | None, settings: Settings) -> None:
    _images(
        folder, load_digits(), "UCI digits", None,
        "Read handwritten digits: 1,797 of them, 28×28 grey pixels "
        "(E. Alpaydin, C. Kaynak, 1998; UCI, CC BY 4.0).",
    )  # fmt: skip


def _mnist(folder: Path, source: Path | None, settings: Settings) -> None:
    dataset = load_mnist(
        source or settings.mnist, download=settings.download, cache_dir=settings.data / "downloads"
    )
    _images(folder, dataset, "MNIST", None, "Read handwritten digits: 70,000 of them.")


def _fashion(folder: Path, source: Path | None, settings: Settings) -> None:
    if source is None:
        raise CannotMake(
            "Fashion-MNIST isn't downloaded: name its four IDX files' folder, or an npz, by "
            "--from PATH. (Debian: the package dataset-fashion-mnist.)"
        )
    dataset = load_mnist(source, download=False, cache_dir=settings.data / "downloads")
    _images(
        folder, dataset, "Fashion-MNIST", FASHION_CLASSES,
        "Which piece of clothing is it? 70,000 photographs, 28×28 grey pixels "
        "(H. Xiao, K. Rasul, R. Vollgraf, 2017; MIT licence).",
    )  # fmt: skip


def _images(
    folder: Path, it: LoadedDataset, title: str, classes: tuple[str, ...] | None, words: str
) -> None:
    np.savez_compressed(
        folder / "data.npz",
        x_train=it.x_train, y_train=it.y_train, x_practice=it.x_practice,
        y_practice=it.y_practice, x_test=it.x_test, y_test=it.y_test,
    )  # fmt: skip
    names = list(classes or it.task.classes)
    task: dict[str, toml_writing.Value] = {
        "metric": "accuracy", "also": ["neg_log_loss"], "classes": names,
    }  # fmt: skip
    _texts(folder, title, Task(Kind.MULTICLASS, tuple(names)), task, {"file": "data.npz"}, words)


def _texts(
    folder: Path,
    title: str,
    task: Task,
    values: dict[str, toml_writing.Value],
    sources: dict[str, toml_writing.Value],
    words: str,
) -> None:
    tables: _Tables = {
        "": {"format": FORMAT, "title": title},
        "task": {"kind": str(task.kind), **values},
        "data": {**sources, "labels_are": "public"},
        "models": {},
        "rules": {"public_fraction": 0.5, "quota_per_day": 100, "final_choices": 2},
    }
    (folder / CONTEST_FILE).write_text(toml_writing.written(tables), encoding="utf-8")
    (folder / "overview.md").write_text(f"{words}\n\n{PUBLIC}", encoding="utf-8")
    (folder / "starter.ipynb").write_text(starter_notebook(title, task), encoding="utf-8")


TEMPLATES = {
    one.name: one
    for one in (
        Template("digits", "multiclass: 1,797 handwritten digits as images", _digits),
        Template("breast-cancer", "binary: 569 tumours, a table of 30 columns", _breast_cancer),
        Template("diabetes", "regression: 442 patients, a table of 10 columns", _diabetes),
        Template("wine", "multiclass: 178 wines, a table of 13 columns", _wine),
        Template("mnist", "multiclass: 70,000 digits; by --from, from a cache or a download",
                 _mnist),
        Template("fashion-mnist", "multiclass: 70,000 pieces of clothing; by --from", _fashion),
    )
}  # fmt: skip
