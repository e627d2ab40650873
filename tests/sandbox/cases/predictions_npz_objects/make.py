"""A pickle inside an archive."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npz"
    np.savez(path, np.array([None] * 10_000, dtype=object))
    return path
