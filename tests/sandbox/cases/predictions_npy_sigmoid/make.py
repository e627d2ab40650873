"""Ten sigmoids: within 0 and 1, but rows do not sum to one."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.random.default_rng(0).random((10_000, 10)))
    return path
