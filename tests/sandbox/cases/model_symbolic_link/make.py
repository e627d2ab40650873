"""A member that is a link."""

import zipfile
from pathlib import Path

from sandbox.cases.keras_files import archive, classifier


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    link = zipfile.ZipInfo("assets")
    link.external_attr = 0o120777 << 16
    archive(path, classifier())
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(link, "/etc/passwd")
    return path
