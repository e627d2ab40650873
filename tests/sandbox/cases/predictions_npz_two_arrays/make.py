"""Two arrays: which are the predictions?"""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npz"
    labels = np.arange(10_000) % 10
    np.savez(path, x=labels, y=labels)
    return path
