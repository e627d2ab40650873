"""Labels in the smallest type."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    labels = np.arange(10_000) % 10
    np.save(path, labels.astype(np.uint8))
    return path
