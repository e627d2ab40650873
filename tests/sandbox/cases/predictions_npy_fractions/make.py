"""One probability for each image."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.random.default_rng(0).random(10_000))
    return path
