"""Predicted on the training images."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.arange(60_000) % 10)
    return path
