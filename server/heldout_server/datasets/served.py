"""The files of a stored dataset that participants download, by the names that they have there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from heldout_server.datasets.store import IDS, SCALING, TABLES, DatasetStore

TRAINING_DATA = "training_data.npz"
TEST_INPUTS = "test_inputs.npy"
# As many as a club has data sets, several times over.
MOST_DIGESTS = 1_000
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServedFile:
    """One file: its name for participants, where it is, and SHA-256 of its bytes (64 digits)."""

    name: str
    path: Path
    size_bytes: int
    sha256: str


def served_files(store: DatasetStore, content_hash: str) -> tuple[ServedFile, ...]:
    """All of them, in the order in which they are of use; none holds a hidden answer.

    Raises DatasetError when one is missing.
    """
    return tuple(_described(name, path) for name, path in _paths(store, content_hash))


def served_file(store: DatasetStore, content_hash: str, name: str) -> ServedFile | None:
    """The one of this name; None where the dataset has no such file.

    Raises DatasetError when one that it should have is missing.
    """
    paths = dict(_paths(store, content_hash))
    return _described(name, paths[name]) if name in paths else None


def _paths(store: DatasetStore, content_hash: str) -> Iterator[tuple[str, Path]]:
    yield TRAINING_DATA, store.training_data_path(content_hash)
    yield TEST_INPUTS, store.test_inputs_path(content_hash)
    ids, scaling = store.ids_path(content_hash), store.scaling_path(content_hash)
    yield from ((name, path) for name, path in ((IDS, ids), (SCALING, scaling)) if path)
    tables = store.info(content_hash).tables
    yield from ((name, store.table_path(content_hash, name)) for name in TABLES if name in tables)


def _described(name: str, path: Path) -> ServedFile:
    found = path.stat()
    return ServedFile(name, path, found.st_size, _sha256(path, found.st_mtime_ns))


@lru_cache(MOST_DIGESTS)
def _sha256(path: Path, written_at: int) -> str:
    """Read once: a stored file never changes, unless its folder is removed and made anew."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
