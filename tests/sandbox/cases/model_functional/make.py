"""Arithmetic between an input and its layers."""

from pathlib import Path

from sandbox.cases.keras_files import (
    archive,
    connected,
    dense,
    dense_weights,
    flatten,
    functional,
    image_input,
    layer,
    tensor,
    weights,
)


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    scaled = connected(
        layer("Multiply", "scale", module="keras.src.ops.numpy"), tensor("input", 28, 28), 2.0
    )
    nodes = [
        connected(image_input()),
        scaled,
        connected(flatten(), tensor("scale", 28, 28)),
        connected(dense("dense", 10, "softmax"), tensor("flatten", 784)),
    ]
    config = functional(*nodes, inputs=[["input", 0, 0]], outputs=[["dense", 0, 0]])
    archive(path, config, weights(dense=dense_weights(784, 10)))
    return path
