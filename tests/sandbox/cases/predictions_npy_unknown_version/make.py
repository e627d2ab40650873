"""A version that does not exist."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    labels = np.arange(10_000) % 10
    np.save(path, labels)
    path.write_bytes(path.read_bytes().replace(b"NUMPY\x01", b"NUMPY\x09", 1))
    return path
