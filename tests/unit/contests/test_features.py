"""features: what tables become, all of it learnt from train."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from contests import cell, edit, penguins, read_csv
from heldout_server.contests.check import examine
from heldout_server.contests.dataset import dataset_of

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def dataset(folder: Path):
    examined = examine(folder, now=NOW)
    assert examined.contest is not None, examined.problems
    return dataset_of(examined.contest), {one.code: one for one in examined.problems}


def test_numbers_stay_and_words_become_columns(tmp_path: Path) -> None:
    made, _ = dataset(penguins(tmp_path / "c"))
    assert [one.name for one in made.features] == [
        "bill", "depth", "flipper", "island=Biscoe", "island=Dream",
    ]  # fmt: skip
    assert made.x_train.dtype == np.float32
    assert made.x_train.shape == (81, 5)
    assert (made.x_train[:, 3:].sum(axis=1) == 1).all()
    assert made.features[0].mean == pytest.approx(made.x_train[:, 0].mean(), abs=1e-4)
    assert made.features[0].deviation == pytest.approx(made.x_train[:, 0].std(), abs=1e-4)


def test_an_empty_number_is_the_median_of_train_and_a_new_word_nothing(tmp_path: Path) -> None:
    folder = penguins(tmp_path / "c")
    cell(folder / "test.csv", 2, "bill", "")
    cell(folder / "test.csv", 3, "island", "Torgersen")
    made, found = dataset(folder)
    assert made.x_test[0, 0] == np.float32(made.features[0].missing)
    assert made.features[0].missing == np.median(
        [float(r[1]) for r in read_csv_of(made.tables["train.csv"])]
    )
    assert made.x_test[1, 3:].tolist() == [0, 0]
    assert (found["cells_missing"].line, found["category_unknown"].line) == (2, 3)
    assert "median" in made.note


def read_csv_of(content: bytes) -> list[list[str]]:
    return [line.split(",") for line in content.decode().splitlines()[1:]]


def test_declared_columns_alone_are_read(tmp_path: Path) -> None:
    folder = penguins(tmp_path / "c")
    edit(folder / "contest.toml", "[models]", '[models]\ncolumns = ["depth", "island"]')
    made, _ = dataset(folder)
    assert [one.column for one in made.features] == ["depth", "island", "island"]


def test_practice_is_a_tenth_that_train_has_no_more(tmp_path: Path) -> None:
    folder = penguins(tmp_path / "c")
    made, _ = dataset(folder)
    again, _ = dataset(folder)
    assert made.content_hash == again.content_hash
    train, practice = (made.tables[name].splitlines() for name in ("train.csv", "practice.csv"))
    whole = (folder / "train.csv").read_bytes().splitlines()
    assert sorted(train[1:] + practice[1:]) == sorted(whole[1:])
    assert len(practice) == len(made.y_practice) + 1 == 10
    assert np.bincount(made.y_practice).tolist() == [3, 3, 3]


def test_answers_follow_ids_and_not_the_order(tmp_path: Path) -> None:
    folder = penguins(tmp_path / "c")
    before, _ = dataset(folder)
    rows = read_csv(folder / "labels.csv")
    text = "\n".join(",".join(row) for row in [rows[0], *rows[:0:-1]])
    (folder / "labels.csv").write_text(text + "\n")
    after, _ = dataset(folder)
    assert np.array_equal(before.y_test, after.y_test)
    assert before.ids is not None
    assert before.ids.tolist() == [row[0] for row in read_csv(folder / "test.csv")[1:]]
