"""An honest class under a registered name."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier({**dense("d", 10), "registered_name": "evil>Dense"}))
    return path
