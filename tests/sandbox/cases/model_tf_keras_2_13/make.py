"""tf.keras 2.13 counts each layer with weights twice: its second Dense is dense_2."""

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


def make(folder: Path) -> Path:
    model = sequential(
        image_input(), flatten(), dense("first", 8, "relu"), dense("second", 10, "softmax")
    )
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for name, inputs, units in (("dense", 784, 8), ("dense_2", 8, 10)):
            kernel, bias = dense_weights(inputs, units)
            file[f"_layer_checkpoint_dependencies/{name}/vars/0"] = kernel
            file[f"_layer_checkpoint_dependencies/{name}/vars/1"] = bias
    version = {"keras_version": "2.13.1"}
    return archive(folder / "model.keras", model, content.getvalue(), metadata=version)
