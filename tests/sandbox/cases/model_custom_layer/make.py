"""A class of the author's."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier({**layer("MyLayer", "mine"), "module": None, "registered_name": "mine>MyLayer"}),
    )
    return path
