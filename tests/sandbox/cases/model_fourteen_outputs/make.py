"""Digits and a few signs."""

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
    config = sequential(image_input(), flatten(), dense("dense", 14, "softmax"))
    return archive(folder / "model.keras", config, weights(dense=dense_weights(784, 14)))
