"""A download by name."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path, classifier(layer("get_file", "g", module="keras.utils", origin="http://example.org"))
    )
    return path
