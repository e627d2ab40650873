"""Twenty thousand members."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), extra={f"{n}": "" for n in range(20_000)})
    return path
