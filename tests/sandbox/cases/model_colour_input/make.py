"""A model of 32 x 32 colour images."""

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
    config = sequential(image_input(32, 32, 3), flatten(), dense("dense", 10, "softmax"))
    archive(path, config, weights(dense=dense_weights(3072, 10)))
    return path
