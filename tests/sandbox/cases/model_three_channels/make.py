"""A model of 28 x 28 colour images: grey ones are the same in each channel."""

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
    config = sequential(image_input(28, 28, 3), flatten(), dense("dense", 10, "softmax"))
    return archive(folder / "model.keras", config, weights(dense=dense_weights(2352, 10)))
