"""Half-precision probabilities still sum to one, nearly."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    scores = np.random.default_rng(0).random((10_000, 10))
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    np.save(path, probabilities.astype(np.float16))
    return path
