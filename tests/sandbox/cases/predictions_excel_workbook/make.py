"""An .xlsx workbook."""

import zipfile
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return path
