"""A float64 that float32 cannot hold."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    logits = np.zeros((10_000, 10))
    logits[7, 7] = 1e300
    np.save(path, logits)
    return path
