"""np.savetxt separates by spaces."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.txt"
    scores = np.random.default_rng(0).random((10_000, 10))
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    np.savetxt(path, probabilities)
    return path
