"""An input of 10^12 values."""

from pathlib import Path

from sandbox.cases.keras_files import archive, dense, image_input, sequential


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, sequential(image_input(1_000_000, 1_000_000), dense("dense", 10)))
    return path
