"""Logits of a model without softmax."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.npy"
    np.save(path, np.random.default_rng(0).normal(size=(10_000, 10)))
    return path
