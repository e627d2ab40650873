"""Small contests as folders: good ones of every kind, to be broken by tests."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

CLASSES = ("Adelie", "Chinstrap", "Gentoo")
COLUMNS = ("bill", "depth", "flipper", "island")
ISLANDS = ("Biscoe", "Dream")
TOML = """format = "heldout.contest/1"
title = "Penguins"

[task]
kind = "multiclass"
metric = "balanced_accuracy"
also = ["neg_log_loss", "f1_macro"]

[data]
train = "train.csv"
test = "test.csv"
labels = "labels.csv"
id = "id"
target = "species"

[models]
preprocessing = "standardize"

[rules]
public_fraction = 0.5
quota_per_day = 20
final_choices = 2
opens = 2026-12-01T18:00:00-05:00
closes = 2026-12-01T20:00:00-05:00
"""
TRAIN_ROWS, TEST_ROWS = 90, 60


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_csv(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def penguin(number: int, random: np.random.Generator) -> list[Any]:
    """Class by turns, two numbers that tell something of it, one that doesn't, a word."""
    kind = number % 3
    return [
        round(38 + 5 * kind + random.normal(0, 3), 2),
        round(18 - kind + random.normal(0, 1.5), 2),
        round(200 + random.normal(0, 10), 1),
        ISLANDS[int(random.integers(2))],
    ]


def penguins(folder: Path) -> Path:
    """A fine contest: three classes, a table of three numbers and a word."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    order = random.permutation(TRAIN_ROWS + TEST_ROWS)
    rows = [[f"p{place:03d}", *penguin(int(n), random), CLASSES[n % 3]]
            for place, n in enumerate(order)]  # fmt: skip
    train, test = rows[:TRAIN_ROWS], rows[TRAIN_ROWS:]
    write_csv(folder / "train.csv", ["id", *COLUMNS, "species"], train)
    write_csv(folder / "test.csv", ["id", *COLUMNS], [row[:-1] for row in test])
    write_csv(folder / "labels.csv", ["id", "species"], [[row[0], row[-1]] for row in test])
    (folder / "contest.toml").write_text(TOML, encoding="utf-8")
    return folder


def images(folder: Path, **changed: Any) -> Path:
    """A fine contest of arrays: 120 pictures of 6×6 with three channels in two classes."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(2)
    arrays: dict[str, Any] = {}
    for part, count in (("train", 80), ("test", 40)):
        answers = random.permutation(np.arange(count) % 2).astype(np.uint8)
        noise = random.integers(0, 200, (count, 6, 6, 3))
        arrays[f"x_{part}"] = (noise + 55 * answers[:, None, None, None]).astype(np.uint8)
        arrays[f"y_{part}"] = answers
    arrays.update(changed)
    kept = {name: array for name, array in arrays.items() if array is not None}
    np.savez(folder / "data.npz", **kept)
    toml = edited(TOML, "multiclass", "binary").replace("f1_macro", "f1")
    start, end = toml.index("train ="), toml.index("[models]")
    toml = toml[:start] + 'file = "data.npz"\n\n' + toml[end:]
    (folder / "contest.toml").write_text(toml.replace("standardize", "0-1"), encoding="utf-8")
    return folder


def edited(text: str, old: str, new: str) -> str:
    """The text with `old` replaced, which must be in it."""
    assert old in text, old
    return text.replace(old, new)


def edit(path: Path, old: str, new: str) -> None:
    """The same in a file."""
    path.write_text(edited(path.read_text(encoding="utf-8"), old, new), encoding="utf-8")


def cell(path: Path, line: int, column: str, value: str) -> None:
    """Set a cell of a CSV file without quotes; lines count from 1, the header's."""
    rows = read_csv(path)
    rows[line - 1][rows[0].index(column)] = value
    write_csv(path, rows[0], rows[1:])


def add_column(path: Path, name: str, values: Sequence[Any]) -> None:
    rows = read_csv(path)
    body = [[*row, value] for row, value in zip(rows[1:], values, strict=True)]
    write_csv(path, [*rows[0], name], body)


def numbers(folder: Path, targets: Sequence[str] = ("price",)) -> Path:
    """A fine regression on a table, of one output or several."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(3)
    inputs = random.normal(size=(120, 3)).round(3)
    outputs = (inputs @ random.normal(size=(3, len(targets))) + 10).round(3)
    header = ["id", "a", "b", "c"]
    rows = [[n, *inputs[n], *outputs[n]] for n in range(120)]
    write_csv(folder / "train.csv", [*header, *targets], rows[:80])
    write_csv(folder / "test.csv", header, [row[:4] for row in rows[80:]])
    write_csv(folder / "labels.csv", ["id", *targets], [[r[0], *r[4:]] for r in rows[80:]])
    named = f'"{targets[0]}"' if len(targets) == 1 else str(list(targets)).replace("'", '"')
    toml = edited(TOML, "multiclass", "regression").replace('"species"', named)
    toml = edited(toml, '"balanced_accuracy"', '"neg_root_mean_squared_error"')
    toml = edited(toml, '["neg_log_loss", "f1_macro"]', '["r2"]')
    (folder / "contest.toml").write_text(toml, encoding="utf-8")
    return folder


def labels(folder: Path) -> Path:
    """A fine multilabel contest on a table: three labels."""
    folder = numbers(folder, ("red", "round", "large"))
    for name in ("train.csv", "labels.csv"):
        rows = read_csv(folder / name)
        body = [[*row[:-3], *(int(float(one) > 10) for one in row[-3:])] for row in rows[1:]]
        write_csv(folder / name, rows[0], body)
    edit(folder / "contest.toml", '"regression"', '"multilabel"')
    edit(folder / "contest.toml", '"neg_root_mean_squared_error"', '"f1_samples"')
    edit(folder / "contest.toml", '["r2"]', '["f1_macro"]')
    return folder
