"""Seven classes."""

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
    config = sequential(image_input(), flatten(), dense("dense", 7, "softmax"))
    archive(path, config, weights(dense=dense_weights(784, 7)))
    return path
