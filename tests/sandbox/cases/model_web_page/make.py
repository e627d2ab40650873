"""Google Drive's page instead of the file."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    path.write_text("\n<!DOCTYPE html><html><title>Google Drive</title></html>")
    return path
