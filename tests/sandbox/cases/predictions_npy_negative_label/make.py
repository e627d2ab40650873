"""One label is -1."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    labels = np.arange(10_000) % 10
    labels[17] = -1
    np.save(path, labels)
    return path
