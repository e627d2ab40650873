"""NaN among labels."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    labels = np.zeros(10_000)
    labels[0] = np.nan
    np.save(path, labels)
    return path
