"""A PyTorch file as torch.save ends it: with the directory record of a large archive."""

import struct
import zipfile
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.pt"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mnist_cnn/data.pkl", "x")
        file.writestr("mnist_cnn/data/0", bytes(64))
    content = path.read_bytes()
    end = content.index(b"PK\x05\x06")
    entries, length, start = struct.unpack_from("<10xHLL", content, end)
    record = struct.pack(
        "<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, length, start
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    path.write_bytes(content[:end] + record + locator + content[end:])
    return path
