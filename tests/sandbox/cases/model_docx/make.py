"""A Word document."""

import zipfile
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "report.docx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", "x")
    return path
