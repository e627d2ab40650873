"""Twenty thousand members."""

import zipfile
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}.npy", b"")
    return path
