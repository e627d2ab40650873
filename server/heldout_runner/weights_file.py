"""Look at a weights file before Keras does: only plain numbers, of a bounded size.

HDF5 files can lead to other files, and the library that reads them has known holes: this runs
inside the sandbox, never in the server.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import h5py

MOST_BYTES = 512 * 1024 * 1024
MOST_OBJECTS = 20_000
WEIGHTS_MEMBER = "model.weights.h5"


class UnsafeWeights(Exception):
    """The file holds something else than plain arrays, or leads out of itself."""


class BrokenWeights(Exception):
    """The file isn't HDF5 as Keras writes it."""


@contextmanager
def checked(path: str) -> Iterator[h5py.File]:
    """The weights of a `.keras` archive or an `.h5` file, open and looked through.

    Raises UnsafeWeights or BrokenWeights.
    """
    try:
        file = _opened(path)
        _Survey().group(file)
    except (UnsafeWeights, MemoryError):
        raise
    except Exception as error:
        raise BrokenWeights(f"{type(error).__name__}: {error}") from error
    with file:
        yield file


def _opened(path: str) -> h5py.File:
    if not zipfile.is_zipfile(path):
        return h5py.File(path, "r")
    with zipfile.ZipFile(path) as archive:
        # HDF5 walks memory by itself; through a Python file object it takes several times as long.
        return h5py.File(h5py.h5f.open_file_image(archive.read(WEIGHTS_MEMBER)))


class _Survey:
    """Walks the file once, each object through its link and never through a link's target.

    By h5py's lower level: a look at a link or an array takes a tenth of the time.
    """

    def __init__(self) -> None:
        self._objects = 0
        self._bytes = 0

    def group(self, group: h5py.Group) -> None:
        waiting = [group.id]
        while waiting:
            current = waiting.pop()
            for name in list(current):
                if current.links.get_info(name).type != h5py.h5l.TYPE_HARD:
                    raise UnsafeWeights("a link that leads elsewhere")
                self._count()
                item = h5py.h5o.open(current, name)
                if isinstance(item, h5py.h5g.GroupID):
                    waiting.append(item)
                elif isinstance(item, h5py.h5d.DatasetID):
                    self._dataset(item)
                else:
                    raise UnsafeWeights("an object that is no array")

    def _count(self) -> None:
        # A hard link to a group above would otherwise be walked for ever.
        self._objects += 1
        if self._objects > MOST_OBJECTS:
            raise UnsafeWeights(f"more than {MOST_OBJECTS} objects")

    def _dataset(self, dataset: h5py.h5d.DatasetID) -> None:
        kept = dataset.get_create_plist()
        if kept.get_layout() == h5py.h5d.VIRTUAL or kept.get_external_count():
            raise UnsafeWeights("an array kept in another file")
        dtype = dataset.dtype
        if dtype.kind not in "fiub" or dtype.hasobject:
            raise UnsafeWeights("an array of something else than numbers")
        self._bytes += math.prod(dataset.shape) * dtype.itemsize
        if self._bytes > MOST_BYTES:
            raise UnsafeWeights(f"more than {MOST_BYTES >> 20} MiB of weights")
