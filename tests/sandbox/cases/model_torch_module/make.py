"""A pickle inside a layer."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(layer("TorchModuleWrapper", "t", module_="gASV")))
    return path
