"""Labels that went through float arithmetic."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    labels = np.arange(10_000) % 10
    np.save(path, labels.astype(np.float32))
    return path
