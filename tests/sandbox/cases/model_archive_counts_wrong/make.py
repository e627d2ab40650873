"""The end of the archive counts fewer members than the directory holds."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier())
    content = bytearray(path.read_bytes())
    end = content.rfind(b"PK\x05\x06")
    content[end + 8 : end + 12] = (2).to_bytes(2, "little") * 2
    path.write_bytes(content)
    return path
