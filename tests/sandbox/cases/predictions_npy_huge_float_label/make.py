"""A label of 1e300."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    labels = np.zeros(10_000)
    labels[5] = 1e300
    np.save(path, labels)
    return path
