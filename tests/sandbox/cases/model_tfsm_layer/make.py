"""A SavedModel inside a layer."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(layer("TFSMLayer", "t", filepath="saved")))
    return path
