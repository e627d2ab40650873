"""Leaves the optimizer's memory out of what is sent of a `.keras` file.

Adam keeps two more numbers for every weight, so two thirds of a `.keras` file are of no use for
scoring; without them the upload is three times shorter and the size limit three times wider.
"""

from __future__ import annotations

import importlib
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from heldout._constants import CHUNK_BYTES

WEIGHTS = "model.weights.h5"
OPTIMIZER_GROUP = "optimizer"
# Importing h5py takes as long as sending this much.
WORTH_AN_IMPORT_BYTES = 1024 * 1024
IN_MEMORY_BYTES = 256 * 1024 * 1024


@contextmanager
def without_optimizer_state(path: Path) -> Iterator[Path]:
    """A copy of the archive without the optimizer's variables, for the block; else `path` itself.

    `path` is only read. The same file makes the same copy, byte for byte, so a server knows it
    again by its digest. Never raises: the file as it is is always good enough to be sent.
    """
    with ExitStack() as kept:
        yield _slim(path, kept) or path


def _slim(path: Path, kept: ExitStack) -> Path | None:
    """The copy, in a folder that goes when `kept` does; None where it can't or needn't be made."""
    try:
        h5py = _h5py(path.stat().st_size)
        if h5py is None:
            return None
        folder = TemporaryDirectory(prefix="heldout-", ignore_cleanup_errors=True)
        slim = Path(kept.enter_context(folder)) / "model.keras"
        return slim if _copy_archive(path, slim, h5py) else None
    except Exception:
        return None


def _h5py(size_bytes: int) -> Any:
    """The library; None where it isn't installed, or not worth its import.

    Keras has imported it in order to save.
    """
    if "h5py" in sys.modules or size_bytes >= WORTH_AN_IMPORT_BYTES:
        return importlib.import_module("h5py")
    return None


def _copy_archive(source: Path, target: Path, h5py: Any) -> bool:
    weights = target.with_suffix(".weights.h5")
    with zipfile.ZipFile(source) as archive:
        with _weights(archive) as packed, h5py.File(packed, "r") as full:
            if OPTIMIZER_GROUP not in full:
                return False
            _copy_weights(full, weights, h5py)
        with zipfile.ZipFile(target, "w") as slim:
            for entry in archive.infolist():
                if entry.filename == WEIGHTS:
                    _add_file(slim, entry, weights)
                else:
                    slim.writestr(entry, archive.read(entry))
    weights.unlink()
    return True


def _weights(archive: zipfile.ZipFile) -> IO[bytes]:
    """The weights' file, to be read here and there, which in an archive begins anew each time."""
    if archive.getinfo(WEIGHTS).file_size <= IN_MEMORY_BYTES:
        return BytesIO(archive.read(WEIGHTS))
    return archive.open(WEIGHTS)


def _add_file(archive: zipfile.ZipFile, like: zipfile.ZipInfo, path: Path) -> None:
    """Add the file under the name and time of `like`: its own time would differ in every copy."""
    entry = zipfile.ZipInfo(like.filename, like.date_time)
    entry.compress_type = like.compress_type
    entry.external_attr = like.external_attr
    entry.file_size = path.stat().st_size
    with path.open("rb") as content, archive.open(entry, "w") as target:
        shutil.copyfileobj(content, target, CHUNK_BYTES)


def _copy_weights(full: Any, target: Path, h5py: Any) -> None:
    with h5py.File(target, "w") as slim:
        slim.attrs.update(full.attrs)
        for name in full:
            if name != OPTIMIZER_GROUP:
                full.copy(name, slim)
