"""Ten numbers, but as one row of ten."""

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
    config = sequential(image_input(1, 784), dense("dense", 10, "softmax"))
    return archive(folder / "model.keras", config, weights(dense=dense_weights(784, 10)))
