"""A download that stopped."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.zeros((10_000, 10)))
    path.write_bytes(path.read_bytes()[:-1])
    return path
