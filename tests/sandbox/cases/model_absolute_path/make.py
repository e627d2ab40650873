"""An absolute path."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), extra={"/etc/cron.d/evil": "1"})
    return path
