"""Whether a file is a model or predictions, by its bytes; its name plays no part."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Literal

from heldout_server.prediction.hdf5_model import is_hdf5
from heldout_server.prediction.model_formats import ZIP_MAGIC, is_other_model
from heldout_server.prediction.npy import MAGIC

LOOKED_AT = 4096
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_LOCAL_NAME_AT = 30
# What tables and lists of numbers are kept in, inside a zip archive: NumPy, text, Excel.
_TABLE_MEMBERS = re.compile(r"[^/]*\.(npy|csv|tsv|txt)|xl/.*", re.S)
_OFFICE = ("[Content_Types].xml", "_rels/", "docProps/")


def kind_of(file: Path) -> Literal["model", "predictions"]:
    """What the file would be submitted as. Text and arrays are predictions, the rest models."""
    with file.open("rb") as opened:
        start = opened.read(LOOKED_AT)
    if start.startswith(MAGIC):
        return "predictions"
    if is_hdf5(file) or is_other_model(start):
        return "model"
    if start.startswith(ZIP_MAGIC):
        return "predictions" if _holds_tables(file, start) else "model"
    return "predictions" if _is_text(start) else "model"


def _holds_tables(file: Path, start: bytes) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # Cut off, it has no directory; the first member says what it was.
        length = int.from_bytes(start[26:28], "little")
        names = [start[_LOCAL_NAME_AT : _LOCAL_NAME_AT + length].decode("utf-8", "replace")]
    tables = [name for name in names if _TABLE_MEMBERS.fullmatch(name)]
    if any(name.startswith("xl/") for name in tables):
        return all(name.startswith(("xl/", *_OFFICE)) for name in names)
    return bool(names) and len(tables) == len(names)


def _is_text(start: bytes) -> bool:
    """Text in any encoding: a table with a few wrong bytes is still somebody's predictions."""
    if start.startswith(_BYTE_ORDER_MARKS) or _alternates_with_nul(start):
        return True
    strange = len(_CONTROLS.findall(start))
    if strange * 50 > len(start):
        return False
    text = start.lstrip()
    architecture = text.startswith(b"{") and b'"class_name"' in text
    return not (architecture or text.startswith((b"<", b"version https://git-lfs")) or not start)


def _alternates_with_nul(start: bytes) -> bool:
    """Whether it looks like UTF-16 or UTF-32 without a mark."""
    halves = (start[0::2].count(0), start[1::2].count(0))
    return min(halves) < 0.6 * len(start) / 2 and max(halves) > 0.8 * len(start) / 2 > 2
