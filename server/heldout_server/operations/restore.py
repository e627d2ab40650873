"""`heldout-server restore`: a backup into an empty place, complete or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

from heldout_server.blobs import BlobStore
from heldout_server.kit.db import Database
from heldout_server.kit.settings import Settings
from heldout_server.operations import tables
from heldout_server.operations.archive import (
    DATABASE,
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    Manifest,
    unpack,
)
from heldout_server.operations.backup import check_integrity
from heldout_server.operations.copy_to_postgres import check_empty, move
from heldout_server.operations.scratch import scratch
from heldout_server.operations.tables import Progress
from heldout_server.processes.installation import Folders, InstallationError, migrate, open_blobs

# What a server that never took a submission may have left, or a file system has of its own.
HARMLESS = frozenset({"server.lock", "downloads", "work", "lost+found"})


def restore(source: Path, settings: Settings, progress: Progress = tables.no_progress) -> Manifest:
    """Put the backup at `source` into the data folder, store and database of `settings`.

    All three must be empty. Raises InstallationError, and then nothing was put anywhere but
    files in an object store, where they wait for the next try or the sweep.
    """
    folders = Folders(settings.data.resolve())
    check_place(folders, settings)
    folders.root.mkdir(parents=True, exist_ok=True)
    with scratch(folders.root) as unpacked:
        progress("Unpacking and checking", 0, 1)
        manifest = unpack(source, unpacked)
        check_integrity(unpacked / DATABASE)
        _make_private(unpacked)
        if settings.blobs_url:
            _send_blobs(open_blobs(settings, folders), unpacked, manifest, progress)
        if settings.database_url:
            _into_database(settings, unpacked / DATABASE, progress)
        _into_place(unpacked, folders, settings)
    return manifest


def check_place(folders: Folders, settings: Settings) -> None:
    """Raise InstallationError unless data folder and database are empty."""
    found = {path.name for path in folders.root.iterdir()} if folders.root.is_dir() else set()
    for name in sorted(found - HARMLESS):
        path = folders.root / name
        if path.is_file() or any(part.is_file() for part in path.rglob("*")):
            raise InstallationError(
                f"{folders.root} is not empty ({name} is there): set HELDOUT_DATA to another "
                "folder, or move this one away. Nothing was changed."
            )
    if settings.database_url:
        database = Database(settings.resolved_database_url)
        try:
            check_empty(database)
        finally:
            database.dispose()


def _make_private(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)


def _send_blobs(blobs: BlobStore, unpacked: Path, manifest: Manifest, progress: Progress) -> None:
    names = [name for name in manifest.files if name.startswith("blobs/")]
    for number, name in enumerate(names, 1):
        with blobs.receive() as blob, (unpacked / name).open("rb") as file:
            while chunk := file.read(1024 * 1024):
                blob.write(chunk)
            blob.keep()
        progress("Files", number, len(names))


def _into_database(settings: Settings, copy: Path, progress: Progress) -> None:
    source = Database(f"sqlite:///{copy}")
    target = Database(settings.resolved_database_url)
    try:
        migrate(source)  # an older backup
        move(source, target, progress)
    finally:
        source.dispose()
        target.dispose()


def _into_place(unpacked: Path, folders: Folders, settings: Settings) -> None:
    """Renames within one file system; the database last, since it makes the rest a server's."""
    names = ["datasets", "labels"] if settings.blobs_url else ["blobs", "datasets", "labels"]
    if not settings.database_url:
        names.append(DATABASE)
    for name in names:
        target = folders.root / name
        if (unpacked / name).exists():
            if target.is_dir():
                shutil.rmtree(target)  # empty, or `check_place` would have refused
            (unpacked / name).rename(target)
