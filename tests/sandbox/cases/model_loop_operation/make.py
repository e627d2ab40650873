"""A loop that would take functions."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(layer("WhileLoop", "w", module="keras.src.ops.core")))
    return path
