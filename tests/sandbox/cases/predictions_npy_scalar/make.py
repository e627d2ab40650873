"""A single number: the accuracy, perhaps."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.float64(0.97))
    return path
