"""tf.nn.softmax is stored as softmax_v2, which Keras itself no longer knows."""

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
    path = folder / "model.keras"
    function = {
        "module": "builtins",
        "class_name": "function",
        "config": "softmax_v2",
        "registered_name": "function",
    }
    config = sequential(image_input(), flatten(), dense("dense", 10, function))
    archive(path, config, weights(dense=dense_weights(784, 10)))
    return path
