"""What array.tofile() writes: numbers, and nothing that says so."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.bin"
    (np.arange(10_000) % 10).astype(np.int64).tofile(path)
    return path
