"""A pickle."""

import pickle
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.pkl"
    path.write_bytes(pickle.dumps(list(range(10_000))))
    return path
