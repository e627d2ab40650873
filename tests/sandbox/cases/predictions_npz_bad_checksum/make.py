"""A flipped byte inside the archive."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npz"
    labels = np.arange(10_000) % 10
    np.savez(path, labels)
    content = bytearray(path.read_bytes())
    content[5_000] ^= 0xFF
    path.write_bytes(content)
    return path
