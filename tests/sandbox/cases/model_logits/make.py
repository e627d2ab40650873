"""No softmax at the end."""

from pathlib import Path

from sandbox.cases.keras_files import (
    archive,
    dense,
    dense_weights,
    flatten,
    image_input,
    sequential,
    weights,
)


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    config = sequential(image_input(28, 28, 1), flatten(), dense("dense", 10))
    archive(path, config, weights(dense=dense_weights(784, 10)))
    return path
