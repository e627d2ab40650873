"""More than 50 MB."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(50 * 1024 * 1024 + 1)
    return path
