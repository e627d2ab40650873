"""The numbers in an HDF5 file, dataset by dataset, read in pure Python and within bounds.

For telling two files of the same weights by what they hold: names, types, shapes and values. Like
`hdf5_attributes`, it knows the few parts of the format that h5py writes by default (groups as
symbol tables, contiguous or compact data); anything else counts as unreadable.
https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from heldout_server.prediction.hdf5_attributes import (
    Seekable,
    UnreadableHdf5,
    messages,
    read_bytes,
    root_header,
)

DEEPEST = 40
MOST_OBJECTS = 50_000
MOST_STRUCTURE_BYTES = 16 * 1024 * 1024
PIECE_BYTES = 1024 * 1024
_SPACE, _TYPE, _LAYOUT, _SYMBOL_TABLE = 0x01, 0x03, 0x08, 0x11
_COMPACT, _CONTIGUOUS = 0, 1
_NOWHERE = 2**64 - 1
_SYMBOL_BYTES = 40


@dataclass(frozen=True)
class Dataset:
    """One array: `form` is its type and shape as the file has them; its bytes lie at `start`."""

    path: str
    form: bytes
    start: int
    length: int
    inline: bytes = b""

    def pieces(self, file: Seekable) -> Iterator[bytes]:
        """Its values, a megabyte at a time. Raises `UnreadableHdf5`."""
        if self.inline:
            yield self.inline
        for done in range(0, self.length, PIECE_BYTES):
            yield read_bytes(file, self.start + done, min(PIECE_BYTES, self.length - done))


def datasets(file: Seekable, *, without: frozenset[str]) -> list[Dataset]:
    """All datasets in the order of their paths, but for those in the root's groups `without`.

    Raises `UnreadableHdf5`.
    """
    try:
        metered = _Metered(file)
        found = list(_Walk(metered, without).below(root_header(metered), "", 0))
    except (struct.error, ValueError, IndexError, OverflowError, OSError) as error:
        raise UnreadableHdf5(str(error)) from None
    return sorted(found, key=lambda dataset: dataset.path)


@dataclass
class _Metered:
    """The file, of which only so much may be read: headers could overlap without end."""

    file: Seekable
    left: int = MOST_STRUCTURE_BYTES

    def seek(self, offset: int, /) -> int:
        return self.file.seek(offset)

    def read(self, length: int, /) -> bytes:
        self.left -= length
        if self.left < 0:
            raise UnreadableHdf5("more structure than any model has")
        return self.file.read(length)


@dataclass
class _Walk:
    file: Seekable
    without: frozenset[str]
    _seen: set[int] = field(default_factory=set)

    def below(self, address: int, path: str, depth: int) -> Iterator[Dataset]:
        # Each object once: a file of loops, or of one array under many names, is not Keras'.
        self._enter(address, depth)
        parts = dict(messages(self.file, address))
        if _SYMBOL_TABLE in parts:
            tree, heap = struct.unpack_from("<QQ", parts[_SYMBOL_TABLE])
            for name, child in self._children(tree, _heap_data(self.file, heap)):
                if depth or name not in self.without:
                    yield from self.below(child, f"{path}/{name}", depth + 1)
        elif _LAYOUT in parts:
            yield _dataset(path, parts)

    def _children(self, address: int, names: int) -> Iterator[tuple[str, int]]:
        """Names and headers of what is in a group, by its B-tree at `address`."""
        self._enter(address, 0)
        head = read_bytes(self.file, address, 24)
        kind, level, used = struct.unpack_from("<BBH", head, 4)
        if head[:4] != b"TREE" or kind != 0:
            raise UnreadableHdf5("no tree of names")
        keys = read_bytes(self.file, address + 24, 16 * used + 8)
        for number in range(used):
            (child,) = struct.unpack_from("<Q", keys, 16 * number + 8)
            yield from self._children(child, names) if level else self._symbols(child, names)

    def _symbols(self, address: int, names: int) -> Iterator[tuple[str, int]]:
        self._enter(address, 0)
        head = read_bytes(self.file, address, 8)
        if head[:4] != b"SNOD":
            raise UnreadableHdf5("no names")
        (count,) = struct.unpack_from("<H", head, 6)
        entries = read_bytes(self.file, address + 8, count * _SYMBOL_BYTES)
        for number in range(count):
            name, header = struct.unpack_from("<QQ", entries, number * _SYMBOL_BYTES)
            yield _name(self.file, names + name), header

    def _enter(self, address: int, depth: int) -> None:
        if address in self._seen or depth > DEEPEST or len(self._seen) >= MOST_OBJECTS:
            raise UnreadableHdf5("more objects than any model has, or one in two places")
        self._seen.add(address)


def _heap_data(file: Seekable, address: int) -> int:
    head = read_bytes(file, address, 32)
    if head[:4] != b"HEAP":
        raise UnreadableHdf5("no heap of names")
    start: int = struct.unpack_from("<Q", head, 24)[0]
    return start


def _name(file: Seekable, address: int) -> str:
    file.seek(address)
    return file.read(256).split(b"\0", 1)[0].decode("utf-8", "replace")


def _dataset(path: str, parts: dict[int, bytes]) -> Dataset:
    layout = parts[_LAYOUT]
    form = parts.get(_TYPE, b"") + b"\0" + parts.get(_SPACE, b"")
    if layout[0] != 3 or layout[1] not in (_COMPACT, _CONTIGUOUS):
        raise UnreadableHdf5("data in another layout")
    if layout[1] == _COMPACT:
        (length,) = struct.unpack_from("<H", layout, 2)
        return Dataset(path, form, 0, 0, layout[4 : 4 + length])
    start, length = struct.unpack_from("<QQ", layout, 2)
    # An array that was never written, or of no numbers, has no place.
    return Dataset(path, form, 0, 0) if start == _NOWHERE else Dataset(path, form, start, length)
