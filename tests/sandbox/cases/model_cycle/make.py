"""Two layers that wait for each other."""

from pathlib import Path

from sandbox.cases.keras_files import archive, connected, dense, functional, image_input, tensor


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    nodes = [
        connected(image_input()),
        connected(dense("a", 10), tensor("b", 28, 10)),
        connected(dense("b", 10), tensor("a", 28, 10)),
    ]
    archive(path, functional(*nodes, inputs=[["input", 0, 0]], outputs=[["b", 0, 0]]))
    return path
