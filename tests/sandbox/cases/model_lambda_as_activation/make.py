"""A Lambda where an activation belongs."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(dense("d", 10, layer("Lambda", "scale", function="relu"))))
    return path
