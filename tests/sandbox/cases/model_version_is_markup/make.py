"""Markup for a version."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(), metadata={"keras_version": "<script>3</script>"})
    return path
