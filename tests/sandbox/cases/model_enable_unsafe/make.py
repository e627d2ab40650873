"""Switching safe_mode off."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(layer("enable_unsafe_deserialization", "u", module="keras.config")))
    return path
