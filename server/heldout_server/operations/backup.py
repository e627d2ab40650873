"""`heldout-server backup`: a copy of everything, while the server runs.

The database first: every file that a row of the copy refers to was there before that row, and
the sweep takes no file that is referred to.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from heldout_server import __version__
from heldout_server.blobs import BlobMissing
from heldout_server.kit.db import Database
from heldout_server.operations import tables
from heldout_server.operations.archive import DATABASE, Archive, Manifest, writing
from heldout_server.operations.schema import newest_schema, schema_of
from heldout_server.operations.tables import Progress
from heldout_server.processes.installation import Installation, InstallationError, migrate
from heldout_server.submissions.blob_references import every_reference


@dataclass(frozen=True)
class BackedUp:
    """What a backup holds; `missing` are digests of files that rows refer to and nobody has."""

    rows: int
    files: int
    missing: tuple[str, ...]


def back_up(
    installed: Installation,
    target: Path,
    *,
    now: datetime,
    progress: Progress = tables.no_progress,
) -> BackedUp:
    """Write a backup to `target`: one tar file when it is named so, else a folder.

    It holds hidden labels: keep it as safe as the server. Raises InstallationError, StorageFailed
    and OSError; then there is no backup.
    """
    schema = schema_of(installed.database)
    if not schema:
        raise InstallationError("there is nothing to back up: the database is empty.")
    with writing(target) as archive:
        copy = archive.work / DATABASE
        progress("Database", 0, 1)
        _copy_database(installed.database, copy, progress)
        manifest = Manifest(
            version=__version__,
            created_at=now.isoformat(),
            database="sqlite" if installed.database.is_sqlite else "postgresql",
            schema=list(schema),
            rows=_row_counts(copy),
        )
        archive.add(DATABASE, copy)
        manifest.missing = _add_blobs(installed, copy, archive, progress)
        _add_folders(installed, archive)
        manifest.files = archive.files
        archive.finish(manifest)
    return BackedUp(sum(manifest.rows.values()), len(manifest.files), tuple(manifest.missing))


def check_integrity(path: Path) -> None:
    """Raise InstallationError when the SQLite file is damaged or rows refer to nothing."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            found = connection.execute("pragma integrity_check").fetchone()[0]
            dangling = connection.execute("pragma foreign_key_check").fetchall()
        except sqlite3.DatabaseError as error:
            raise InstallationError(f"the copy of the database is damaged: {error}") from None
    if found != "ok" or dangling:
        raise InstallationError(f"the copy of the database is damaged: {found}")


def _copy_database(database: Database, copy: Path, progress: Progress) -> None:
    if database.is_sqlite:
        with closing(database.engine.raw_connection()) as connection:
            connection.cursor().execute("vacuum into ?", (str(copy),))
    else:
        _copy_postgresql(database, copy, progress)
    check_integrity(copy)


def _copy_postgresql(database: Database, copy: Path, progress: Progress) -> None:
    """One snapshot of PostgreSQL, as an SQLite file: restored without PostgreSQL's own tools."""
    if schema_of(database) != newest_schema():
        raise InstallationError(
            "the database has another schema than this version: back up with the version that "
            "runs, or with pg_dump."
        )
    target = Database(f"sqlite:///{copy}")
    try:
        migrate(target)
        isolated = database.engine.execution_options(isolation_level="REPEATABLE READ")
        with isolated.connect() as source, target.write() as session:
            for table in reversed(tables.tables()):
                session.execute(table.delete())
            for table in tables.tables():
                tables.copy(source, session.connection(), table, progress)
                wanted = tables.fingerprint(source, table)
                if tables.fingerprint(session.connection(), table) != wanted:
                    raise InstallationError(f"the copy of {table.name} is not the same.")
    finally:
        target.dispose()  # the last connection to close brings everything into the one file


def _row_counts(copy: Path) -> dict[str, int]:
    with closing(sqlite3.connect(copy)) as connection:
        names = connection.execute("select name from sqlite_master where type = 'table'")
        return {
            name: connection.execute(f'select count(*) from "{name}"').fetchone()[0]  # noqa: S608 our own names
            for (name,) in names.fetchall()
        }


def _add_blobs(
    installed: Installation, copy: Path, archive: Archive, progress: Progress
) -> list[str]:
    snapshot = Database(f"sqlite:///{copy}")
    try:
        with snapshot.read() as session:
            digests = every_reference(session)
    finally:
        snapshot.dispose()
    missing = []
    for number, digest in enumerate(digests, 1):
        try:
            with installed.blobs.local(digest) as file:
                archive.add(f"blobs/{digest[:2]}/{digest}", file)
        except BlobMissing:
            missing.append(digest)
        progress("Files", number, len(digests))
    return missing


def _add_folders(installed: Installation, archive: Archive) -> None:
    root = installed.folders.root
    for folder in (installed.folders.datasets, installed.folders.labels):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not any(part.startswith(".") for part in file.parts[-2:]):
                archive.add(file.relative_to(root).as_posix(), file)
