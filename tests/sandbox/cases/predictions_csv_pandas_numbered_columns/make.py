"""pandas names ten columns 0 to 9."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    scores = np.random.default_rng(0).random((10_000, 10))
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    np.savetxt(path, probabilities, delimiter=",", header=",".join("0123456789"), comments="")
    return path
