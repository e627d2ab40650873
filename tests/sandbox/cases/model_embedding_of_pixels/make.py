"""Pixels looked up in a table: with another preprocessing they lie outside of it."""

from pathlib import Path

import numpy as np

from sandbox.cases.keras_files import (
    archive,
    dense,
    dense_weights,
    flatten,
    image_input,
    layer,
    sequential,
    weights,
)


def make(folder: Path) -> Path:
    model = sequential(
        image_input(784),
        layer("Rescaling", "rescaling", scale=255.0, offset=0.0),
        layer("Embedding", "embedding", input_dim=256, output_dim=1),
        flatten(),
        dense("dense", 10, "softmax"),
    )
    table = [np.linspace(0, 1, 256, dtype=np.float32)[:, None]]
    content = weights(embedding=table, dense=dense_weights(784, 10))
    return archive(folder / "model.keras", model, content)
