"""A lambda as activation, as Keras 3 saves it: marshalled code without a class name."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(dense("hidden", 8, {"value": ["4wEAAAA=", None, None]})))
    return path
