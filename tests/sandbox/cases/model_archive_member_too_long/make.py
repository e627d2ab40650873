"""A stored member claims two gigabytes of the file."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier())
    content = bytearray(path.read_bytes())
    second = content.find(b"PK\x01\x02", content.find(b"PK\x01\x02") + 1)
    content[second + 20 : second + 24] = (2**31).to_bytes(4, "little")
    path.write_bytes(content)
    return path
