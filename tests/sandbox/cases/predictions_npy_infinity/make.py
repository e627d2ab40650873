"""One infinite logit."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    logits = np.zeros((10_000, 10))
    logits[7, 7] = np.inf
    np.save(path, logits)
    return path
