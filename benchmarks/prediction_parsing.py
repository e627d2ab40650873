"""How long prediction files take to read and check, against NumPy reading the same data.

`python benchmarks/prediction_parsing.py [--json] [--repeats 15]`. Floor and candidate take turns
in one process, so that a busy machine slows both; the medians' ratio is the figure to compare.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from heldout_server.datasets.loaded import DIGITS
from heldout_server.prediction.prediction_files import parse_predictions

EXAMPLES, CLASSES = 10_000, 10
# The most a file may take, in milliseconds.
ASKED = {"labels_csv": 10.0, "kaggle_csv": 10.0, "probabilities_csv": 80.0, "labels_npy": 2.0}
Reader = Callable[[Path], Any]


def read_text(path: Path) -> Any:
    return np.loadtxt(path, delimiter=",", comments=None, ndmin=2)


def read_kaggle(path: Path) -> Any:
    return np.loadtxt(path, delimiter=",", comments=None, ndmin=2, skiprows=1)


def read_array(path: Path) -> Any:
    return np.load(path, allow_pickle=False)


def write_files(folder: Path) -> list[tuple[str, Path, Reader]]:
    """Files of each kind, with the reader that is the floor for it."""
    labels = np.random.default_rng(0).integers(0, CLASSES, EXAMPLES)
    scores = np.random.default_rng(1).random((EXAMPLES, CLASSES))
    probabilities = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    np.savetxt(folder / "labels.csv", labels, fmt="%d")
    numbered = np.column_stack([np.arange(1, EXAMPLES + 1), labels])
    np.savetxt(folder / "kaggle.csv", numbered, "%d", ",", header="ImageId,Label", comments="")
    np.savetxt(folder / "probabilities.csv", probabilities, fmt="%.8g", delimiter=",")
    np.savetxt(folder / "savetxt.csv", probabilities, delimiter=",")
    np.save(folder / "labels.npy", labels)
    np.save(folder / "probabilities.npy", probabilities)
    return [
        ("labels_csv", folder / "labels.csv", read_text),
        ("kaggle_csv", folder / "kaggle.csv", read_kaggle),
        ("probabilities_csv", folder / "probabilities.csv", read_text),
        ("probabilities_csv_18_digits", folder / "savetxt.csv", read_text),
        ("labels_npy", folder / "labels.npy", read_array),
        ("probabilities_npy", folder / "probabilities.npy", read_array),
    ]


def measure(path: Path, floor: Reader, repeats: int) -> tuple[float, float]:
    """Median milliseconds of the floor and of `parse_predictions`, taken in turns."""
    floors, parsed = [], []
    for _ in range(repeats):
        floors.append(milliseconds(floor, path))
        parsed.append(milliseconds(parse, path))
    return statistics.median(floors), statistics.median(parsed)


def parse(path: Path) -> Any:
    return parse_predictions(path, task=DIGITS, examples=EXAMPLES)


def milliseconds(read: Reader, path: Path) -> float:
    started = time.perf_counter()
    read(path)
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Print the table; with `--json` one object on the last line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--repeats", type=int, default=15)
    chosen = options.parse_args()
    results: dict[str, float] = {}
    sys.stdout.write(f"{'file':30}{'NumPy ms':>10}{'parsed ms':>11}{'ratio':>8}{'asked ms':>10}\n")
    with TemporaryDirectory() as folder:
        for name, path, floor in write_files(Path(folder)):
            base, parsed = measure(path, floor, chosen.repeats)
            asked = ASKED.get(name)
            limit = f"{asked:10.0f}" if asked else " " * 10
            sys.stdout.write(f"{name:30}{base:10.2f}{parsed:11.2f}{parsed / base:8.2f}{limit}\n")
            results |= {f"ratio_{name}": parsed / base, f"milliseconds_{name}": parsed}
    if chosen.json:
        sys.stdout.write(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
