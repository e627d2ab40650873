"""Weights without a model."""

from pathlib import Path

from sandbox.cases.keras_files import dense_weights, weights


def make(folder: Path) -> Path:
    path = folder / "model.weights.h5"
    path.write_bytes(weights(dense=dense_weights(784, 10)))
    return path
