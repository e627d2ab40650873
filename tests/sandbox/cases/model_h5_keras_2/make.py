"""Keras 2.2: a bare list of layers, the shape in the first one."""

from pathlib import Path

from sandbox.cases.keras_files import dense_weights, h5_model


def make(folder: Path) -> Path:
    path = folder / "model.h5"
    dense_layer = {
        "class_name": "Dense",
        "config": {
            "name": "dense_1",
            "units": 10,
            "activation": "softmax",
            "batch_input_shape": [None, 784],
        },
    }
    config = {"class_name": "Sequential", "config": [dense_layer]}
    h5_model(path, config, dense_1=dense_weights(784, 10))
    return path
