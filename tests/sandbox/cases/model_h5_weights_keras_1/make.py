"""Weights as Keras 1 wrote them: layers and parameters by number."""

from pathlib import Path

import h5py

from sandbox.cases.keras_files import dense_weights


def make(folder: Path) -> Path:
    path = folder / "model.weights.h5"
    with h5py.File(path, "w") as file:
        file.attrs["nb_layers"] = 1
        layer = file.create_group("layer_0")
        layer.attrs["nb_params"] = 2
        layer["param_0"], layer["param_1"] = dense_weights(784, 10)
    return path
