"""A pickle that would act when opened."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.pkl"
    path.write_bytes(
        b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."
    )
    return path
