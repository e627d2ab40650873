"""The images, not the predictions."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.zeros((1_000, 28, 28), dtype=np.uint8))
    return path
