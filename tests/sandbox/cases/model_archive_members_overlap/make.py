"""Two members of the directory begin at the same place."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier())
    content = bytearray(path.read_bytes())
    third = content.rfind(b"PK\x01\x02")
    content[third + 42 : third + 46] = bytes(4)
    path.write_bytes(content)
    return path
