"""A model whose loss became NaN."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.full((10_000, 10), np.nan, dtype=np.float32))
    return path
