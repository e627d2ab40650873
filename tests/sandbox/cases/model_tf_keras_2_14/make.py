"""tf.keras 2.14 counts each layer once, and wrote backslashes on Windows."""

import io
from pathlib import Path

import h5py

from sandbox.cases.keras_files import (
    archive,
    dense,
    dense_weights,
    flatten,
    image_input,
    sequential,
)

UNITS = (784, 12, 12, 10)


def make(folder: Path) -> Path:
    layers = [
        dense("first", 12, "relu"),
        dense("second", 12, "relu"),
        dense("third", 10, "softmax"),
    ]
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for number in range(3):
            name = f"dense_{number}" if number else "dense"
            kernel, bias = dense_weights(UNITS[number], UNITS[number + 1], seed=number)
            file[f"_layer_checkpoint_dependencies\\{name}/vars/0"] = kernel
            file[f"_layer_checkpoint_dependencies\\{name}/vars/1"] = bias
    version = {"keras_version": "2.14.0"}
    model = sequential(image_input(), flatten(), *layers)
    return archive(folder / "model.keras", model, content.getvalue(), metadata=version)
