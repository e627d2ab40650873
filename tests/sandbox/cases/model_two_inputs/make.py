"""Two images at once."""

from pathlib import Path

from sandbox.cases.keras_files import archive, connected, functional, image_input, layer, tensor


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    second = image_input()
    second["config"]["name"] = "second"
    both = [tensor("input", 28, 28), tensor("second", 28, 28)]
    nodes = [connected(image_input()), connected(second), connected(layer("Add", "add"), both)]
    inputs = [["input", 0, 0], ["second", 0, 0]]
    archive(path, functional(*nodes, inputs=inputs, outputs=[["add", 0, 0]]))
    return path
