"""An input of 784 values."""

from pathlib import Path

from sandbox.cases.keras_files import (
    archive,
    dense,
    dense_weights,
    image_input,
    sequential,
    weights,
)


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    config = sequential(image_input(784), dense("dense", 10, "sigmoid"))
    archive(path, config, weights(dense=dense_weights(784, 10)))
    return path
