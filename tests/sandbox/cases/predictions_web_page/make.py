"""Google Drive's page instead of the file."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text("<!DOCTYPE html><html><title>Google Drive - Quota exceeded</title></html>")
    return path
