"""Opening an event's zip: nothing of it is used before all of it has been checked."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import ValidationError

from heldout_server.exporting import event_zip_layout
from heldout_server.exporting.event_zip_layout import FileEntry, Manifest
from heldout_server.kit.errors import ProblemError
from heldout_server.kit.stored_json import parsed

CHUNK_BYTES = 1024 * 1024
ENCRYPTED = 0x1
# Deflate can't do better; what claims more was made to blow up.
LARGEST_RATIO = 1032
LONGEST_LINE_BYTES = 16 * 1024 * 1024
_DAMAGED = (BadZipFile, EOFError, OSError, zlib.error, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Bundle:
    """A zip whose every file has the size and the hash that its manifest says."""

    archive: ZipFile
    manifest: Manifest

    def open(self, name: str) -> IO[bytes]:
        """A file of the zip, to read once."""
        return self.archive.open(name)

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file of the zip, a piece at a time."""
        with self.archive.open(name) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def names(self, folder: str) -> list[str]:
        """The names in one folder of the zip, without the folder."""
        start = f"{folder}/"
        return [name.removeprefix(start) for name in self.manifest.files if name.startswith(start)]

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table. Raises ProblemError `validation` for a line that is no row."""
        with self.archive.open(event_zip_layout.table_file(table)) as file:
            while line := file.readline(LONGEST_LINE_BYTES):
                try:
                    row = parsed(line)
                except ValueError:
                    raise refused(f"A line of {table} is no JSON") from None
                if not isinstance(row, dict):
                    raise refused(f"A line of {table} is no row")
                yield row


@contextmanager
def opened(path: Path, *, limit_bytes: int) -> Iterator[Bundle]:
    """The event in the zip at `path`, whole and unchanged.

    Raises ProblemError `validation` for anything that an export doesn't look like: a damaged or
    encrypted zip, a name or a file too many or too few, another size or hash than the manifest
    says, or more than `limit_bytes` once unpacked.
    """
    try:
        with ZipFile(path) as archive:
            members = _members(archive, limit_bytes)
            manifest = _manifest(archive, members)
            _check_files(archive, members, manifest)
            yield Bundle(archive, manifest)
    except _DAMAGED as error:
        if isinstance(error, OSError) and not isinstance(error, EOFError) and error.errno:
            raise  # our disk, not their file
        raise refused("The file is damaged or is no zip") from None


def refused(detail: str) -> ProblemError:
    """The refusal of a zip that isn't an export, or not a whole one."""
    return ProblemError(
        "validation",
        f"{detail}: nothing was imported.",
        "Send the zip as the export gave it, unpacked and packed by nobody.",
    )


def _members(archive: ZipFile, limit_bytes: int) -> dict[str, ZipInfo]:
    found = archive.infolist()
    if len(found) > event_zip_layout.MOST_FILES:
        raise refused("The zip has too many files")
    members = {info.filename: info for info in found}
    if len(members) != len(found):
        raise refused("The zip has a name twice")
    for info in found:
        _check_member(info)
    if sum(info.file_size for info in found) > limit_bytes:
        raise ProblemError(
            "file_too_large",
            f"Unpacked, the event has more than {limit_bytes:,} bytes.",
            "HELDOUT_IMPORT_BYTES sets the limit.",
            limit_bytes=limit_bytes,
        )
    return members


def _check_member(info: ZipInfo) -> None:
    if info.filename != event_zip_layout.MANIFEST and not event_zip_layout.NAMES.fullmatch(
        info.filename
    ):
        raise refused("The zip has a file that no export has")
    if info.flag_bits & ENCRYPTED or info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise refused("The zip is encrypted or packed in an unusual way")
    if info.file_size > LARGEST_RATIO * max(info.compress_size, 1):
        raise refused("A file of the zip claims an impossible size")


def _manifest(archive: ZipFile, members: dict[str, ZipInfo]) -> Manifest:
    info = members.get(event_zip_layout.MANIFEST)
    if info is None or info.file_size > event_zip_layout.LONGEST_MANIFEST_BYTES:
        raise refused("The zip has no manifest")
    with archive.open(info) as file:
        content = file.read(event_zip_layout.LONGEST_MANIFEST_BYTES + 1)
    try:
        return Manifest.model_validate_json(content)
    except ValidationError:
        raise refused("The manifest isn't one of this version of Heldout") from None


def _check_files(archive: ZipFile, members: dict[str, ZipInfo], manifest: Manifest) -> None:
    if members.keys() - {event_zip_layout.MANIFEST} != manifest.files.keys():
        raise refused("The zip lacks a file or has one too many")
    for name, entry in manifest.files.items():
        if members[name].file_size != entry.bytes or not _is_whole(archive, name, entry):
            raise refused("A file of the zip isn't the one that was exported")
        if name.startswith("blobs/") and name != event_zip_layout.blob_file(entry.sha256):
            raise refused("A file of the zip has the name of another one")


def _is_whole(archive: ZipFile, name: str, entry: FileEntry) -> bool:
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as file:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            if size > entry.bytes:
                return False
            digest.update(chunk)
    return size == entry.bytes and digest.hexdigest() == entry.sha256
