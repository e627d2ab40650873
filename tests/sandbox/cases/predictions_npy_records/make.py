"""A table of records."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.zeros(10_000, dtype=[("id", "i4"), ("label", "i4")]))
    return path
