"""The smallest honest model."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense_weights, weights


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), weights(dense=dense_weights(784, 10)))
    return path
