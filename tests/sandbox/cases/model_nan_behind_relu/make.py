"""Weights that are NaN, hidden from the output by a ReLU."""

from pathlib import Path

import numpy as np

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
    model = sequential(
        image_input(), flatten(), dense("dense", 8, "relu"), dense("dense_1", 10, "softmax")
    )
    diverged = [np.full((784, 8), np.nan, np.float32), np.zeros(8, np.float32)]
    content = weights(dense=diverged, dense_1=dense_weights(8, 10))
    return archive(folder / "model.keras", model, content)
