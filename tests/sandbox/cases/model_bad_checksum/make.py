"""A flipped byte in the config."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier())
    content = bytearray(path.read_bytes())
    content[content.index(b"softmax")] ^= 1
    path.write_bytes(content)
    return path
