"""A zip archive whose directory was checked before Python's `zipfile` reads it.

`zipfile` builds an object for every directory entry, accepts bytes before and after the
archive, and unpacks whatever the header promises. Here the directory is bounded first, it has
to be the end of the file, the members have to start at its beginning, and no more bytes are
unpacked than asked for.
"""

from __future__ import annotations

import io
import shutil
import struct
import zipfile
import zlib
from types import TracebackType
from typing import BinaryIO, NamedTuple, Protocol

_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
LONGEST_DIRECTORY_BYTES_PER_ENTRY = 1024
_ENTRY_BYTES, _LOCAL_HEADER_BYTES = 46, 30
# The lengths of an entry's name, extra field and comment.
_ENTRY_LENGTHS, _ENTRY_LENGTHS_AT = struct.Struct("<3H"), 28
# The same of a local header: name and extra field, at its end.
_LOCAL_LENGTHS, _LOCAL_LENGTHS_AT = struct.Struct("<2H"), 26
COPIED_AT_ONCE_BYTES = 1024 * 1024
_ENCRYPTED = 0x1
# Everything zipfile and zlib raise for bytes that are not what they claim to be.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    ValueError,
    OverflowError,
    RuntimeError,
    OSError,
)


class MalformedZip(Exception):
    """The bytes are not one plain zip archive from first byte to last."""


class OversizedZip(Exception):
    """More entries, or more unpacked bytes, than the caller allows."""


class Writable(Protocol):
    """Whatever takes bytes: a file, or a digest."""

    def write(self, content: bytes, /) -> object: ...


class ZipMembers:
    """The members of a zip archive held in memory or in a file open for reading.

    Raises `MalformedZip` for anything but a plain single-disk archive and `OversizedZip` for
    more than `most_entries` members.
    """

    def __init__(self, source: bytes | BinaryIO, *, most_entries: int) -> None:
        self._file: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
        directory = _check_directory(self._file, most_entries)
        try:
            self._zip = zipfile.ZipFile(self._file)
        except (*_BROKEN, NotImplementedError):
            raise MalformedZip("the directory cannot be read") from None
        self.infos = self._zip.infolist()
        if len(self.infos) != directory.entries:
            raise MalformedZip("the directory has another number of entries than it says")
        _check_places(self.infos, directory.offset)

    def __enter__(self) -> ZipMembers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def size(self, name: str) -> int:
        """How many bytes a member claims to unpack to."""
        return self._zip.getinfo(name).file_size

    @property
    def names(self) -> list[str]:
        return [info.filename for info in self.infos]

    def read(self, name: str, *, limit_bytes: int) -> bytes:
        """All bytes of one stored or deflated member, checksum verified."""
        info = self._readable(name)
        if info.file_size > limit_bytes:
            raise OversizedZip(name)
        # zipfile itself stops at file_size, so a lying header gives a bad checksum.
        content = self._unpacked(info, limit_bytes + 1)
        if len(content) != info.file_size:
            raise MalformedZip("a member is shorter than it claims")
        return content

    def copy(self, name: str, target: Writable) -> None:
        """Write one member's bytes to `target`, a piece at a time, checksum verified."""
        try:
            with self._zip.open(self._readable(name)) as member:
                shutil.copyfileobj(member, target, COPIED_AT_ONCE_BYTES)
        except (*_BROKEN, NotImplementedError):
            raise MalformedZip("a member cannot be unpacked") from None

    def place(self, name: str) -> tuple[int, int] | None:
        """Where a stored member's bytes begin in the file, and how many; None when deflated."""
        info = self._readable(name)
        if info.compress_type != zipfile.ZIP_STORED:
            return None
        self._file.seek(info.header_offset + _LOCAL_LENGTHS_AT)
        lengths = _LOCAL_LENGTHS.unpack(self._file.read(_LOCAL_LENGTHS.size))
        return info.header_offset + _LOCAL_HEADER_BYTES + sum(lengths), info.file_size

    def start(self, name: str, length: int) -> bytes:
        """The first `length` bytes of one member."""
        return self._unpacked(self._readable(name), length)

    def _readable(self, name: str) -> zipfile.ZipInfo:
        info = self._zip.getinfo(name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise MalformedZip("a compression method other than deflate")
        if info.flag_bits & _ENCRYPTED:
            raise MalformedZip("an encrypted member")
        return info

    def _unpacked(self, info: zipfile.ZipInfo, most: int) -> bytes:
        try:
            with self._zip.open(info) as member:
                return member.read(most)
        except (*_BROKEN, NotImplementedError):
            raise MalformedZip("a member cannot be unpacked") from None


class _Directory(NamedTuple):
    entries: int
    offset: int


def _check_places(infos: list[zipfile.ZipInfo], end: int) -> None:
    """Members lie one after the other, from the first byte to the directory at `end`."""
    start = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < start or (start == 0 and info.header_offset != 0):
            raise MalformedZip("bytes come before the archive, or members overlap")
        start = info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size
    if start > end:
        raise MalformedZip("a member reaches into the directory")


def _check_directory(file: BinaryIO, most_entries: int) -> _Directory:
    size = file.seek(0, io.SEEK_END)
    if size < _END_OF_DIRECTORY.size:
        raise MalformedZip("too short")
    file.seek(size - _END_OF_DIRECTORY.size)
    signature, disk, start_disk, here, entries, length, offset, comment = _END_OF_DIRECTORY.unpack(
        file.read(_END_OF_DIRECTORY.size)
    )
    if signature != _END_SIGNATURE or comment:
        raise MalformedZip("the archive does not end where the file ends")
    if disk or start_disk or here != entries:
        raise MalformedZip("an archive of several disks")
    if entries > most_entries or length > most_entries * LONGEST_DIRECTORY_BYTES_PER_ENTRY:
        raise OversizedZip("directory")
    if offset + length + _END_OF_DIRECTORY.size != size:
        raise MalformedZip("the directory is not where it should be")
    _check_entries(file, offset, entries)
    file.seek(0)
    return _Directory(entries, offset)


def _check_entries(file: BinaryIO, offset: int, entries: int) -> None:
    """The entries fill the directory exactly; `zipfile` reads past its end."""
    file.seek(offset)
    directory = file.read()[: -_END_OF_DIRECTORY.size]
    place = 0
    for _ in range(entries):
        if place + _ENTRY_BYTES > len(directory):
            raise MalformedZip("an entry is cut off")
        lengths = _ENTRY_LENGTHS.unpack_from(directory, place + _ENTRY_LENGTHS_AT)
        place += _ENTRY_BYTES + sum(lengths)
    if place != len(directory):
        raise MalformedZip("the entries do not fill the directory")
