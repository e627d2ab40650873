"""A name that ends early for some readers."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), extra={"config.jsonX.txt": "{}"})
    path.write_bytes(path.read_bytes().replace(b"config.jsonX", b"config.json\0"))
    return path
