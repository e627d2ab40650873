"""A few kilobytes that unpack to 32 MB."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npz"
    np.savez_compressed(path, np.zeros(4_000_000))
    return path
