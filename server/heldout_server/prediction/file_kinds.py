"""Whether a file is a model or predictions, by its bytes; its name plays no part."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Literal

from heldout_server.prediction.hdf5_model import is_hdf5
from heldout_server.prediction.known_formats import ZIP_MAGIC, Family, first_member, recognised
from heldout_server.prediction.npy import MAGIC
from heldout_server.prediction.text_encoding import UTF8_MARK, is_wide

LOOKED_AT = 4096
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
# What tables and lists of numbers are kept in, inside a zip archive: NumPy, text, Excel.
_TABLE_MEMBERS = re.compile(r"[^/]*\.(npy|csv|tsv|txt)|xl/.*", re.S)
_OFFICE = ("[Content_Types].xml", "_rels/", "docProps/")


def kind_of(file: Path) -> Literal["model", "predictions"]:
    """What the file would be submitted as. Text, arrays and tables are predictions."""
    with file.open("rb") as opened:
        start = opened.read(LOOKED_AT)
    if start.startswith(MAGIC):
        return "predictions"
    known = recognised(start)
    if is_hdf5(file) or (known and known.family in (Family.MODEL, Family.WEIGHTS)):
        return "model"
    if known and known.family is Family.TABLE:
        return "predictions"
    if start.startswith(ZIP_MAGIC):
        return "predictions" if _holds_tables(file, start) else "model"
    return "predictions" if _is_text(start) else "model"


def _holds_tables(file: Path, start: bytes) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # Cut off, it has no directory; the first member says what it was.
        names = [first_member(start)]
    tables = [name for name in names if _TABLE_MEMBERS.fullmatch(name)]
    if any(name.startswith("xl/") for name in tables):
        return all(name.startswith(("xl/", *_OFFICE)) for name in names)
    return bool(names) and len(tables) == len(names)


def _is_text(start: bytes) -> bool:
    """Text in any encoding: a table with a few wrong bytes is still somebody's predictions."""
    if start.startswith(UTF8_MARK) or is_wide(start):
        return True
    strange = len(_CONTROLS.findall(start))
    if strange * 50 > len(start):
        return False
    text = start.lstrip()
    architecture = text.startswith(b"{") and b'"class_name"' in text
    return not (architecture or text.startswith((b"<", b"version https://git-lfs")) or not start)
