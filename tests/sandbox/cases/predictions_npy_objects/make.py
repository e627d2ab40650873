"""Python objects: a pickle inside an array file."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.array([{"label": 3}] * 10_000, dtype=object), allow_pickle=True)
    return path
