"""A .keras file of tf.keras 2.15."""

from pathlib import Path

from sandbox.cases.keras_files import archive, dense, dense_weights, sequential, weights


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    config = sequential(
        {
            "module": "keras.layers",
            "class_name": "InputLayer",
            "config": {"batch_input_shape": [None, 784], "name": "i"},
            "registered_name": None,
        },
        dense("dense", 10, "softmax"),
    )
    archive(
        path, config, weights(dense=dense_weights(784, 10)), metadata={"keras_version": "2.15.0"}
    )
    return path
