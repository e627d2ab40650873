"""Two hundred levels, which JSON can read."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    node = {}
    for _ in range(200):
        node = {"a": node}
    archive(path, {**classifier(), "build_config": node})
    return path
