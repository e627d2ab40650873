"""The last entry's extra field reaches past the directory."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier())
    content = bytearray(path.read_bytes())
    last = content.rfind(b"PK\x01\x02")
    content[last + 30 : last + 32] = (5).to_bytes(2, "little")
    path.write_bytes(content)
    return path
