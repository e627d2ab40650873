"""Two outputs by name."""

from pathlib import Path

from sandbox.cases.keras_files import (
    archive,
    connected,
    dense,
    flatten,
    functional,
    image_input,
    tensor,
)


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    nodes = [connected(image_input()), connected(flatten(), tensor("input", 28, 28))]
    for name in ("a", "b"):
        nodes.append(connected(dense(name, 10), tensor("flatten", 784)))
    outputs = {"a": ["a", 0, 0], "b": ["b", 0, 0]}
    archive(path, functional(*nodes, inputs=[["input", 0, 0]], outputs=outputs))
    return path
