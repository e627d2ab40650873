"""A Keras archive under another name."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense_weights, weights


def make(folder: Path) -> Path:
    path = folder / "model.h5"
    archive(path, classifier(), weights(dense=dense_weights(784, 10)))
    return path
