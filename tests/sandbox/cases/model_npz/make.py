"""An archive of arrays."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npz"
    np.savez(path, np.zeros(10_000))
    return path
