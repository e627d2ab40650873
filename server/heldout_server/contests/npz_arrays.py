"""Reading the arrays of an npz: no pickles, nothing larger than the zip says, lies found out."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from heldout_server.contests.folder import MOST_BYTES
from heldout_server.contests.problems import Found, short

MOST_ARRAYS = 64
_BROKEN = (OSError, EOFError, ValueError, KeyError, NotImplementedError, RuntimeError,
           SyntaxError, TypeError, MemoryError, zipfile.BadZipFile, zlib.error)  # fmt: skip
Arrays = dict[str, NDArray[Any]]


def read_npz(path: Path, file: str, found: Found) -> Arrays | None:
    """The arrays by name; None, and noted, where the file can't be read as an npz."""
    try:
        with zipfile.ZipFile(path) as archive:
            if not _is_bounded(archive, file, found):
                return None
            return dict(_arrays(archive, file, found))
    except _BROKEN:
        found.add(
            "npz_damaged", file, None, "This can't be read as an npz; it may be cut short.",
            "Save it again: np.savez_compressed(…).",
        )  # fmt: skip
        return None


def _is_bounded(archive: zipfile.ZipFile, file: str, found: Found) -> bool:
    infos = archive.infolist()
    size = sum(info.file_size for info in infos)
    if len(infos) > MOST_ARRAYS:
        found.add("too_many_files", file, None, f"It has more than {MOST_ARRAYS} arrays.")
    if size > MOST_BYTES:
        found.add(
            "too_large", file, None,
            f"Unpacked, the arrays have {size:,} bytes; {MOST_BYTES:,} are the limit.",
            "Give fewer examples, or smaller types: uint8 for images, float32 for numbers.",
        )  # fmt: skip
    return len(infos) <= MOST_ARRAYS and size <= MOST_BYTES


def _arrays(
    archive: zipfile.ZipFile, file: str, found: Found
) -> Iterator[tuple[str, NDArray[Any]]]:
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        with archive.open(info) as member:
            shape, dtype = _header(member)
            if dtype.hasobject:
                found.add(
                    "npz_pickle", file, None,
                    f"“{short(name)}” is an array of Python objects, which would have to be run.",
                    "Save numbers or texts: .astype(np.float32), or .astype(str).",
                )  # fmt: skip
                continue
            if math.prod(shape) * dtype.itemsize > info.file_size:
                raise ValueError("an array is larger than its member")
        with archive.open(info) as member:
            yield name, npy.read_array(member, allow_pickle=False)


def _header(member: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(member)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(member)
    return shape, dtype
