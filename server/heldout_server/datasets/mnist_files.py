"""The two forms in which MNIST travels: Keras's `mnist.npz` and the four IDX files."""

from __future__ import annotations

import gzip
import math
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.loaded import DatasetError

NPZ_NAME = "mnist.npz"
NPZ_KEYS = ("x_train", "y_train", "x_test", "y_test")
IDX_STEMS = {
    "x_train": "train-images",
    "y_train": "train-labels",
    "x_test": "t10k-images",
    "y_test": "t10k-labels",
}
# A file of MNIST's shape for a million images; anything larger is not what we read.
LARGEST_IDX_BYTES = 1_000_000_000

_ZIP_MAGIC = b"PK\x03\x04"
_GZIP_MAGIC = b"\x1f\x8b"
_IDX_UNSIGNED_BYTE = 0x08
# What NumPy and zipfile raise between them for a file that is cut short or altered.
_UNREADABLE = (
    OSError, EOFError, ValueError, KeyError, MemoryError, NotImplementedError, RuntimeError,
    SyntaxError, TypeError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class MnistArrays:
    """Four arrays as read, not yet checked: shape and dtype are whatever the file holds."""

    x_train: NDArray[Any]
    y_train: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]


def read_mnist_path(path: Path) -> MnistArrays:
    """Read an `.npz`, a folder with `mnist.npz` or four IDX files, or any one of those four.

    Files are told apart by their first bytes, because names lie. Raises `DatasetError` when
    the path is missing, is something else, or cannot be read.
    """
    try:
        if path.is_dir():
            npz = path / NPZ_NAME
            return read_npz(npz) if npz.is_file() else read_idx_folder(path)
        with path.open("rb") as file:
            start = file.read(4)
    except FileNotFoundError as error:
        raise DatasetError(f"There is no file or folder {path}.") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be opened: {error.strerror}.") from error
    if start == _ZIP_MAGIC:
        return read_npz(path)
    if start[:2] == _GZIP_MAGIC or start[:3] == bytes((0, 0, _IDX_UNSIGNED_BYTE)):
        return read_idx_folder(path.parent)
    raise DatasetError(
        f"{path} is neither an .npz file nor an IDX file. Give Keras's mnist.npz, or the folder "
        "with the four IDX files (train-images-idx3-ubyte.gz and so on)."
    )


def read_npz(path: Path) -> MnistArrays:
    """Read the four arrays of an `.npz` without ever unpickling; `DatasetError` if it fails."""
    try:
        # Opened here, because np.load leaves its own file open when the zip is broken.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            missing = [key for key in NPZ_KEYS if key not in archive.files]
            if missing:
                raise DatasetError(
                    f"{path} has no array named {', '.join(missing)}. "
                    f"It must hold {', '.join(NPZ_KEYS)}."
                )
            return MnistArrays(**{key: np.asarray(archive[key]) for key in NPZ_KEYS})
    except _UNREADABLE as error:
        raise DatasetError(
            f"{path} cannot be read as an .npz file of plain arrays; it may be cut short. "
            "Fetch it again."
        ) from error


def read_idx_folder(folder: Path) -> MnistArrays:
    """Read the four IDX files, each gzipped or not; `DatasetError` names the one that fails."""
    files = {key: find_idx_file(folder, key) for key in NPZ_KEYS}
    missing = [f"{IDX_STEMS[key]}-idx{_rank(key)}-ubyte.gz" for key in files if files[key] is None]
    if missing:
        raise DatasetError(
            f"The folder {folder} holds no {NPZ_NAME}, and these IDX files are missing: "
            f"{', '.join(missing)}."
        )
    return MnistArrays(**{key: read_idx(file, _rank(key)) for key, file in files.items() if file})


def find_idx_file(folder: Path, key: str) -> Path | None:
    """The IDX file for one of `NPZ_KEYS`, in either spelling, with or without `.gz`."""
    for separator in ("-", "."):
        for ending in (".gz", ""):
            name = f"{IDX_STEMS[key]}{separator}idx{_rank(key)}-ubyte{ending}"
            if (folder / name).is_file():
                return folder / name
    return None


def read_idx(path: Path, rank: int) -> NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes with `rank` dimensions.

    The format: two zero bytes, a type byte (8 = unsigned byte), the rank, one big-endian
    32-bit length per dimension, then the values in C order.
    """
    content = _idx_bytes(path)
    start = 4 + 4 * rank
    if len(content) < start or content[:4] != bytes((0, 0, _IDX_UNSIGNED_BYTE, rank)):
        raise DatasetError(f"{path} is not an IDX file of unsigned bytes with {rank} dimensions.")
    shape = struct.unpack(f">{rank}I", content[4:start])
    expected, found = math.prod(shape), len(content) - start
    if expected != found:
        raise DatasetError(
            f"{path} announces {expected:,} values of shape {shape} but holds {found:,}. "
            "Fetch it again."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _idx_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == _GZIP_MAGIC
        with gzip.open(path) if zipped else path.open("rb") as file:
            content = file.read(LARGEST_IDX_BYTES + 1)
    except _UNREADABLE as error:
        raise DatasetError(f"{path} cannot be unpacked. Fetch it again.") from error
    if len(content) > LARGEST_IDX_BYTES:
        raise DatasetError(f"{path} is larger than {LARGEST_IDX_BYTES:,} bytes.")
    return content


def _rank(key: str) -> int:
    return 3 if key.startswith("x_") else 1
