"""Text attributes of an HDF5 file's root group, read in pure Python and within bounds.

The HDF5 library is never let near an upload outside the sandbox. Keras' `.h5` files keep the
model's config in such an attribute, so that a few hundred bytes of the format suffice:
https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (superblock 0 and 1, object
headers of version 1, global heaps). Anything else counts as unreadable.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple, Protocol

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_MESSAGES = 512
MOST_BLOCKS = 64
LONGEST_HEADER_BYTES = 4 * 1024 * 1024
LAST_ADDRESS = 2**62
_ATTRIBUTE, _CONTINUATION = 0x0C, 0x10
_FIXED_TEXT, _VARIABLE = 3, 9
_HEADER_PREFIX = struct.Struct("<BxHLL4x")
_MESSAGE = struct.Struct("<HHB3x")
_REFERENCE = struct.Struct("<LQL")
_HEAP_OBJECT = struct.Struct("<HH4xQ")


class Seekable(Protocol):
    """A file, or part of one."""

    def seek(self, offset: int, /) -> int: ...

    def read(self, length: int, /) -> bytes: ...


class UnreadableHdf5(Exception):
    """Not an HDF5 file of the kind that Keras writes, or a damaged one."""


class _Attribute(NamedTuple):
    name: str
    type_class: int
    data: bytes


def text_attributes(file: Seekable, names: frozenset[str]) -> dict[str, str]:
    """Those of the root group's attributes called `names` that are text.

    Reads a few megabytes at most. Raises `UnreadableHdf5`.
    """
    try:
        found = [a for a in _root_attributes(file) if a.name in names]
        return {a.name: _text(file, a).decode("utf-8") for a in found}
    except (struct.error, ValueError, IndexError, OverflowError, OSError) as error:
        raise UnreadableHdf5(str(error)) from None


def _root_attributes(file: Seekable) -> Iterator[_Attribute]:
    for kind, body in messages(file, root_header(file)):
        if kind == _ATTRIBUTE:
            yield _attribute(body)


def root_header(file: Seekable) -> int:
    """Where the header of the root group is. Raises `UnreadableHdf5`."""
    start = read_bytes(file, 0, 80)
    version, offset_size, length_size = start[8], start[13], start[14]
    if start[:8] != SIGNATURE or version > 1 or (offset_size, length_size) != (8, 8):
        raise UnreadableHdf5("an unknown superblock")
    entry = 56 + 4 * version  # after the four addresses that follow the fixed fields
    address: int = struct.unpack_from("<Q", start, entry + 8)[0]
    return address


def messages(file: Seekable, address: int) -> Iterator[tuple[int, bytes]]:
    """Every message of a version 1 object header, its continuations included."""
    version, _, _, length = _HEADER_PREFIX.unpack(read_bytes(file, address, _HEADER_PREFIX.size))
    if version != 1:
        raise UnreadableHdf5("an object header of another version")
    blocks = [(address + _HEADER_PREFIX.size, length)]
    read = count = 0
    while blocks:
        start, length = blocks.pop(0)
        read += length
        for kind, body in _block_messages(read_bytes(file, start, length, read)):
            count += 1
            if count > MOST_MESSAGES or len(blocks) > MOST_BLOCKS:
                raise UnreadableHdf5("more messages than any model has")
            if kind == _CONTINUATION:
                blocks.append(struct.unpack_from("<QQ", body))
            else:
                yield kind, body


def _block_messages(block: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + _MESSAGE.size <= len(block):
        kind, length, _ = _MESSAGE.unpack_from(block, position)
        position += _MESSAGE.size
        yield kind, block[position : position + length]
        position += length


def _attribute(body: bytes) -> _Attribute:
    version = body[0]
    name_size, type_size, space_size = struct.unpack_from("<HHH", body, 2)
    start = 9 if version == 3 else 8
    # Version 1 pads each part to eight bytes, later versions do not.
    name_end = start + _padded(name_size, version)
    type_end = name_end + _padded(type_size, version)
    data = type_end + _padded(space_size, version)
    name = body[start : start + name_size].split(b"\0", 1)[0]
    return _Attribute(name.decode("utf-8", "replace"), body[name_end] & 0x0F, body[data:])


def _padded(size: int, version: int) -> int:
    return (size + 7) & ~7 if version == 1 else size


def _text(file: Seekable, attribute: _Attribute) -> bytes:
    if attribute.type_class == _FIXED_TEXT:
        return attribute.data.rstrip(b"\0")
    if attribute.type_class != _VARIABLE:
        raise UnreadableHdf5("an attribute that is not text")
    length, collection, index = _REFERENCE.unpack_from(attribute.data)
    return _heap_object(file, collection, index)[:length]


def _heap_object(file: Seekable, address: int, index: int) -> bytes:
    head = read_bytes(file, address, 16)
    (size,) = struct.unpack_from("<Q", head, 8)
    if head[:4] != b"GCOL":
        raise UnreadableHdf5("a reference to no heap")
    heap = read_bytes(file, address, size, size)
    position = 16
    while position + _HEAP_OBJECT.size <= len(heap):
        number, _, length = _HEAP_OBJECT.unpack_from(heap, position)
        position += _HEAP_OBJECT.size
        if number == index:
            return heap[position : position + length]
        position += (length + 7) & ~7
    raise UnreadableHdf5("a reference to nothing")


def read_bytes(file: Seekable, start: int, length: int, total: int = 0) -> bytes:
    if max(length, total) > LONGEST_HEADER_BYTES or start > LAST_ADDRESS:
        raise UnreadableHdf5("a part larger than any model's")
    file.seek(start)
    content = file.read(length)
    if len(content) != length:
        raise UnreadableHdf5("an address beyond the end")
    return content
