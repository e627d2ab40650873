"""Two arrays in one file."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    labels = np.arange(10_000) % 10
    with path.open("wb") as file:
        np.save(file, labels)
        np.save(file, labels)
    return path
