"""Columns named in descending order."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    scores = np.random.default_rng(0).random((10_000, 10))
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    header = ",".join(f"class_{c}" for c in range(9, -1, -1))
    np.savetxt(path, probabilities, delimiter=",", fmt="%.6g", header=header, comments="")
    return path
