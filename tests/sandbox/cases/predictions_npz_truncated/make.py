"""An archive cut in half."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npz"
    labels = np.arange(10_000) % 10
    np.savez(path, labels)
    path.write_bytes(path.read_bytes()[:40_000])
    return path
