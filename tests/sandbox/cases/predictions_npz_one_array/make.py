"""A compressed archive with one array."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npz"
    labels = np.arange(10_000) % 10
    np.savez_compressed(path, predictions=labels)
    return path
