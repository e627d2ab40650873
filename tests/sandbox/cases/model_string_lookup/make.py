"""A vocabulary read from the disk."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(layer("StringLookup", "s", vocabulary="/etc/passwd")))
    return path
