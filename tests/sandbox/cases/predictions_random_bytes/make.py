"""Noise."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    path.write_bytes(np.random.default_rng(0).bytes(20_000))
    return path
