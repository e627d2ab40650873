"""Pixels one after the other, each in a row of its own, as a one-dimensional convolution has it."""

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
    model = sequential(image_input(784, 1), flatten(), dense("dense", 10, "softmax"))
    return archive(folder / "model.keras", model, weights(dense=dense_weights(784, 10)))
