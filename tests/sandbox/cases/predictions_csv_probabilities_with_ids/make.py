"""Ids and ten columns."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    scores = np.random.default_rng(0).random((10_000, 10))
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    table = np.column_stack([np.arange(10_000), probabilities])
    np.savetxt(
        path, table, delimiter=",", fmt="%.9g", header="id," + ",".join("0123456789"), comments=""
    )
    return path
