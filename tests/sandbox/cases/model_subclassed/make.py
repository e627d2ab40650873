"""A subclass of keras.Model."""

from pathlib import Path

from sandbox.cases.keras_files import archive


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path, {"module": None, "class_name": "MyModel", "config": {}, "registered_name": "MyModel"}
    )
    return path
