"""Saved before it was trained or called: nobody told it the shape of its input."""

from pathlib import Path

from sandbox.cases.keras_files import archive, dense, flatten, sequential, weights


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    return archive(path, sequential(flatten(), dense("dense", 10, "softmax")), weights())
