"""A connection to nowhere."""

from pathlib import Path

from sandbox.cases.keras_files import archive, connected, dense, functional, image_input, tensor


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    nodes = [connected(image_input()), connected(dense("a", 10), tensor("nowhere", 28, 10))]
    archive(path, functional(*nodes, inputs=[["input", 0, 0]], outputs=[["a", 0, 0]]))
    return path
