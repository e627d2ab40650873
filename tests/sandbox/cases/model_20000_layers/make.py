"""Twenty thousand layers."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(*[layer("ReLU", f"r{n}") for n in range(20_000)]))
    return path
