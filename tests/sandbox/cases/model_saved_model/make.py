"""The program file of a SavedModel folder."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "saved_model.pb"
    path.write_bytes(b"\x08\x01\x12\x90\x01" + bytes(500))
    return path
