"""TensorFlow's quickstart: softmax round a compiled model."""

from pathlib import Path

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
    path = folder / "model.keras"
    inner = sequential(image_input(), flatten(), dense("dense", 10))
    inner["compile_config"] = {"optimizer": "adam", "loss": "anything"}
    config = sequential(inner, layer("Softmax", "softmax"))
    config["config"]["name"] = "outer"
    archive(path, config, weights(sequential__dense=dense_weights(784, 10)))
    return path
