"""The data of small contests, as a server describes and serves it."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np

ACCURACY = {
    "name": "accuracy", "label": "Accuracy", "direction": "higher", "unit": "share", "digits": 2,
    "needs": "labels", "explained": "",
}  # fmt: skip
RMSE = {
    "name": "neg_root_mean_squared_error", "label": "RMSE", "direction": "lower",
    "unit": "target", "digits": 4, "needs": "numbers", "explained": "",
}  # fmt: skip
LOG_LOSS = {
    "name": "neg_log_loss", "label": "Log loss", "direction": "lower", "unit": "nats", "digits": 4,
    "needs": "probabilities", "explained": "",
}  # fmt: skip
AUC = {**ACCURACY, "name": "roc_auc", "label": "ROC AUC", "unit": "coefficient", "needs": "scores"}
SPECIES = ("Adelie", "Chinstrap", "Gentoo")
COLUMNS = ("length", "depth", "mass")
TRAIN, PRACTICE, TEST = slice(0, 60), slice(60, 80), slice(80, 100)


@dataclass
class FakeData:
    """A manifest's facts and the files behind it; `truth` (20,) stays here."""

    kind: str = "multiclass"
    measure: dict[str, Any] = field(default_factory=lambda: dict(ACCURACY))
    classes: tuple[str, ...] = SPECIES
    targets: tuple[str, ...] = ("species",)
    positive: int | None = None
    features: tuple[str, ...] = COLUMNS
    scaling: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    shape: tuple[int, ...] = (3,)
    type: str = "float64"
    truth: Any = None

    def manifest(self) -> dict[str, Any]:
        """As `GET /competitions/mnist/data` answers."""
        return {
            "contest": "mnist",
            "title": "A contest",
            "kind": self.kind,
            "classes": list(self.classes),
            "targets": list(self.targets),
            "positive": self.positive,
            "metric": self.measure["name"],
            "metric_label": self.measure["label"],
            "direction": self.measure["direction"],
            "measure": self.measure,
            "also": [],
            "preprocessing": "auto",
            "input": {
                "shape": list(self.shape), "type": self.type,
                "is_images": self.type == "uint8", "is_table": bool(self.features),
            },
            "features": [{"name": n, "column": n, "category": None} for n in self.features],
            "scaling": self.scaling,
            "examples": {"train": 60, "practice": 20, "test": 20},
            "dataset": "made up",
            "dataset_hash": "ab" * 32,
            "note": "",
            "files": [
                {
                    "name": name,
                    "bytes": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "url": f"http://elsewhere/data/{name}?v=1",
                }
                for name, content in self.files.items()
            ],
        }  # fmt: skip

    def answer(self, path: str) -> httpx.Response | None:
        """To a request below `/competitions/mnist/data`; None where there is no such file."""
        if not path:
            return httpx.Response(200, json=self.manifest())
        content = self.files.get(path.lstrip("/"))
        return None if content is None else httpx.Response(200, content=content)


def npy(array: Any) -> bytes:
    """An array as a file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def npz(**arrays: Any) -> bytes:
    """Arrays as a file."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def made(inputs: Any, answers: Any, **facts: Any) -> FakeData:
    """A contest of 100 examples: 60 to train, 20 to practise on, 20 to predict."""
    found = FakeData(**facts, shape=inputs.shape[1:], type=inputs.dtype.name, truth=answers[TEST])
    mean, deviation = inputs[TRAIN].mean(axis=0), inputs[TRAIN].std(axis=0)
    found.scaling = {
        "divisor": 1.0, "mean": mean.tolist(), "deviation": deviation.tolist(), "file": None,
    }  # fmt: skip
    found.files = {
        "training_data.npz": npz(
            x_train=inputs[TRAIN],
            y_train=answers[TRAIN],
            x_practice=inputs[PRACTICE],
            y_practice=answers[PRACTICE],
        ),
        "test_inputs.npy": npy(inputs[TEST]),
    }
    return found


def species(**facts: Any) -> FakeData:
    """Three kinds of penguins, well apart, with ids and the organizer's tables."""
    generator = np.random.default_rng(1)
    answers = (np.arange(100) % 3).astype(np.uint8)
    inputs = generator.normal(size=(100, 3)) + 8.0 * answers[:, None] * np.array([1, 0, 1])
    found = made(inputs, answers, **facts)
    return with_tables(found, inputs, [SPECIES[a] for a in answers])


def yes_or_no(**facts: Any) -> FakeData:
    """Two classes, of which the first one is the positive one."""
    generator = np.random.default_rng(2)
    answers = (np.arange(100) % 2).astype(np.uint8)
    inputs = generator.normal(size=(100, 3)) + 3.0 * answers[:, None]
    facts = {"kind": "binary", "classes": ("bad", "good"), "positive": 0} | facts
    return made(inputs, answers, **facts)


def prices(**facts: Any) -> FakeData:
    """A number that is three times the first column, and then some."""
    generator = np.random.default_rng(3)
    inputs = generator.normal(size=(100, 3)) + 100
    answers = 3 * inputs[:, 0] + 10
    known = {"kind": "regression", "classes": (), "targets": ("price",), "measure": dict(RMSE)}
    found = made(inputs, answers, **(known | facts))
    return with_tables(found, inputs, answers.tolist())


def tags(**facts: Any) -> FakeData:
    """Two labels, each there or not."""
    generator = np.random.default_rng(4)
    inputs = generator.normal(size=(100, 3))
    answers = np.column_stack([inputs[:, 0] > 0, inputs[:, 1] > 0]).astype(np.uint8)
    known = {"kind": "multilabel", "classes": (), "targets": ("red", "round")}
    return made(inputs, answers, **(known | facts))


def bright_or_dark(**facts: Any) -> FakeData:
    """Images 4×4 of pixels, bright ones and dark ones."""
    generator = np.random.default_rng(5)
    answers = (np.arange(100) % 2).astype(np.uint8)
    inputs = (generator.integers(0, 90, (100, 4, 4)) + 150 * answers[:, None, None]).astype(
        np.uint8
    )
    known = {"classes": ("dark", "bright"), "features": (), "targets": ()}
    found = made(inputs, answers, **(known | facts))
    found.scaling = {"divisor": 255.0, "mean": 0.1307, "deviation": 0.3081, "file": None}
    return found


def with_tables(found: FakeData, inputs: Any, said: list[Any]) -> FakeData:
    """The same with the organizer's CSV files; ids begin with zeros."""
    ids = [f"{number:04}" for number in range(1000, 1100)]
    ids[80] = "0080"
    for name, rows in (("train", TRAIN), ("practice", PRACTICE), ("test", TEST)):
        head = ["penguin_id", *COLUMNS, *(found.targets if name != "test" else ())]
        lines = [",".join(head)]
        for n in range(100)[rows]:
            cells = [ids[n], *(repr(float(v)) for v in inputs[n])]
            lines.append(",".join([*cells, *([str(said[n])] if name != "test" else [])]))
        found.files[f"{name}.csv"] = ("\n".join(lines) + "\n").encode()
    found.files["ids.npy"] = npy(np.array(ids[TEST]))
    return found
