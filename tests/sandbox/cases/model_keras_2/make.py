"""A .keras file of tf.keras 2.15."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), metadata={"keras_version": "2.15.0"})
    return path
