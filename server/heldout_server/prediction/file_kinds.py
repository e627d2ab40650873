"""Whether a file is a model or predictions, by its bytes; its name plays no part."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from heldout_server.prediction.hdf5_model import is_hdf5
from heldout_server.prediction.npy import MAGIC

ZIP = b"PK\x03\x04"
LOOKED_AT = 4096


def kind_of(file: Path) -> Literal["model", "predictions"]:
    """What the file would be submitted as. Text and arrays are predictions, the rest models."""
    with file.open("rb") as opened:
        start = opened.read(LOOKED_AT)
    if start.startswith(MAGIC):
        return "predictions"
    if is_hdf5(file):
        return "model"
    if start.startswith(ZIP):
        return "predictions" if _holds_arrays(file) else "model"
    return "predictions" if _is_text(start) else "model"


def _holds_arrays(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return bool(names) and all(name.endswith(".npy") for name in names)


def _is_text(start: bytes) -> bool:
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return True
    try:
        text = start[: len(start) - 4].decode() if len(start) == LOOKED_AT else start.decode()
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and not text.lstrip().startswith(
        ("<", "{", "version https://git-lfs")
    )
