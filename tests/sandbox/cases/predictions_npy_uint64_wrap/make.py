"""A label that would wrap to -1 in a cast."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    labels = np.arange(10_000) % 10
    labels = labels.astype(np.uint64)
    labels[3] = 2**64 - 1
    np.save(path, labels)
    return path
