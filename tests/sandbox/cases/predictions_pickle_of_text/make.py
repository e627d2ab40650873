"""A pickle of protocol 0, which is text."""

import pickle
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.pkl"
    path.write_bytes(pickle.dumps([7] * 10_000, protocol=0))
    return path
