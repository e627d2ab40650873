"""A backup on disk: a folder, or one tar file of the same members, complete or not there.

manifest.json             what is in it, with the SHA-256 of each file
heldout.db                every row, as an SQLite database
blobs/ab/abcd…            uploaded files and stored predictions, by digest
labels/…  datasets/…      as in the data folder
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath

from heldout_server.operations.scratch import scratch
from heldout_server.processes.installation import InstallationError

MANIFEST = "manifest.json"
DATABASE = "heldout.db"
PARTIAL = "archive"
FORMAT = 1
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
TAR_ENDINGS = (".tar", ".tar.gz", ".tgz")


@dataclass
class Manifest:
    """`files` maps each member's name to its SHA-256; `missing` are blobs that were gone."""

    version: str
    created_at: str
    database: str
    schema: list[str]
    rows: dict[str, int]
    format: int = FORMAT
    files: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        """As it is stored."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Raises InstallationError when these bytes are no manifest of ours."""
        try:
            fields = json.loads(content)
            manifest = cls(**fields)
        except (ValueError, TypeError) as error:
            raise InstallationError(f"the backup's {MANIFEST} can't be read: {error}") from None
        if manifest.format != FORMAT:
            raise InstallationError("the backup was made by a newer version: install that one.")
        for name in manifest.files:
            parts = PurePosixPath(name).parts
            if not parts or name.startswith("/") or ".." in parts:
                raise InstallationError(f"the backup names a file outside of itself: {name[:80]}")
        return manifest


class Archive(ABC):
    """Takes members; what `add` was given is in `files` with its digest.

    `work` is a folder on the same disk for what is made on the way; it goes with the block.
    """

    def __init__(self, work: Path) -> None:
        self.work = work
        self.files: dict[str, str] = {}

    def add(self, name: str, file: Path) -> None:
        """Put `file` in as `name`."""
        with file.open("rb") as content:
            self.files[name] = hashlib.file_digest(content, "sha256").hexdigest()
        self._put(name, file)

    @abstractmethod
    def _put(self, name: str, file: Path) -> None: ...

    @abstractmethod
    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, which makes the backup one."""


class FolderArchive(Archive):
    """A folder that only its owner may read."""

    def __init__(self, folder: Path, work: Path) -> None:
        super().__init__(work)
        self._folder = folder

    def _put(self, name: str, file: Path) -> None:
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        shutil.copyfile(file, target)
        target.chmod(PRIVATE_FILE)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest."""
        (self._folder / MANIFEST).write_bytes(manifest.to_bytes())


class TarArchive(Archive):
    """One tar file, compressed when its name says so."""

    def __init__(self, tar: tarfile.TarFile, work: Path) -> None:
        super().__init__(work)
        self._tar = tar

    def _put(self, name: str, file: Path) -> None:
        self._tar.add(file, name, recursive=False, filter=_private)

    def finish(self, manifest: Manifest) -> None:
        """Append the manifest."""
        content = manifest.to_bytes()
        member = tarfile.TarInfo(MANIFEST)
        member.size = len(content)
        self._tar.addfile(_private(member), io.BytesIO(content))


@contextmanager
def writing(target: Path) -> Iterator[Archive]:
    """An archive that appears at `target` when the block ends well, and not at all otherwise.

    Raises InstallationError when there is something already.
    """
    if target.exists() and not _is_empty_folder(target):
        raise InstallationError(f"{target} is there already: give a name that isn't.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with scratch(target.parent) as work:
        partial = work / PARTIAL
        if target.name.endswith(TAR_ENDINGS):
            partial.touch(mode=PRIVATE_FILE)
            compressed = not target.name.endswith(".tar")
            with tarfile.open(partial, "w:gz" if compressed else "w") as tar:
                yield TarArchive(tar, work)
        else:
            partial.mkdir(mode=PRIVATE_FOLDER)
            yield FolderArchive(partial, work)
        partial.replace(target)


def unpack(source: Path, folder: Path) -> Manifest:
    """Bring the members of a backup into `folder`, and check each against the manifest.

    Raises InstallationError when it is no backup of ours, or a member is missing or changed.
    """
    if source.is_dir():
        shutil.copytree(source, folder, dirs_exist_ok=True)
    else:
        try:
            with tarfile.open(source) as tar:
                tar.extractall(folder, filter="data")
        except (OSError, tarfile.TarError, EOFError) as error:
            raise InstallationError(f"{source} can't be read as a backup: {error}") from None
    if not (folder / MANIFEST).is_file():
        raise InstallationError(f"{source} is no backup, or an unfinished one: no {MANIFEST}.")
    manifest = Manifest.from_bytes((folder / MANIFEST).read_bytes())
    for name, digest in manifest.files.items():
        _check(folder / name, name, digest)
    return manifest


def _check(file: Path, name: str, digest: str) -> None:
    if not file.is_file():
        raise InstallationError(f"the backup is not complete: {name} is missing.")
    with file.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() != digest:
            raise InstallationError(f"the backup is damaged: {name} was changed.")


def _private(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mode, member.uid, member.gid = PRIVATE_FILE, 0, 0
    member.uname = member.gname = ""
    return member


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
