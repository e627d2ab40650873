"""A PyTorch file of the older kind."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.pth"
    path.write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
    return path
