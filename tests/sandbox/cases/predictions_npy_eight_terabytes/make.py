"""A header that promises 8 TB."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.zeros(10_000))
    path.write_bytes(
        path.read_bytes()
        .replace(b"(10000,)", b"(10**12,)"[:0] + b"(1000000000000,)", 1)
        .replace(b"       \n", b"\n", 1)
    )
    return path
