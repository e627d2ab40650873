"""A text layer."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(layer("TextVectorization", "t", vocabulary="/etc/passwd")))
    return path
