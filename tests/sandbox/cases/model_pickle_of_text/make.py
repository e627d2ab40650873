"""A pickle of protocol 0, which is text."""

import pickle
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.pkl"
    path.write_bytes(pickle.dumps({"weights": [1.0, 2.0]}, protocol=0))
    return path
