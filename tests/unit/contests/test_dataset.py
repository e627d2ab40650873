"""From a checked contest to a dataset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from heldout_server.contests.check import examine
from heldout_server.contests.dataset import dataset_of
from heldout_server.tasks.predictions import Predictions

TOML = """format = "heldout.contest/1"
title = "Lumps"
[task]
kind = "binary"
metric = "roc_auc"
classes = ["malignant", "benign"]
positive = "malignant"
[data]
file = "data.npz"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(3)
    labels = np.tile([0, 1], 60).astype(np.uint8)  # 0 is malignant, as the classes are written
    inputs = random.normal(0, 1, (120, 4)) + labels[:, None]
    np.savez(
        tmp_path / "data.npz",
        x_train=inputs[:80], y_train=labels[:80], x_test=inputs[80:], y_test=labels[80:],
    )  # fmt: skip
    (tmp_path / "contest.toml").write_text(TOML)
    return tmp_path


def test_the_positive_class_is_number_one_wherever_it_was_written(folder):
    contest = examine(folder).contest
    assert contest is not None
    found = dataset_of(contest)
    assert found.task.classes == ("benign", "malignant")
    assert found.task.positive == 1
    assert found.y_test.tolist() == [1, 0] * 20
    # Larger inputs are benign: the classes were turned in every part alike.
    assert found.x_train[found.y_train == 0].mean() > found.x_train[found.y_train == 1].mean()


def test_the_baseline_beside_is_of_the_classes_as_they_are_kept(folder):
    names = ["malignant", "benign"] * 20
    (folder / "contest.toml").write_text(TOML.replace("roc_auc", "accuracy"))
    (folder / "baseline.csv").write_text("\n".join(["id,label", *_numbered(names)]) + "\n")
    contest = examine(folder).contest
    assert contest is not None
    assert contest.beside.predictions is not None
    said = Predictions.from_bytes(contest.beside.predictions)
    assert np.array_equal(said.classes, dataset_of(contest).y_test)


def _numbered(names: list[str]) -> list[str]:
    return [f"{number},{name}" for number, name in enumerate(names)]
