"""`backup`, `restore` and `migrate-to`: an installation's contents, kept and moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from heldout_server.blobs import StorageFailed
from heldout_server.kit.db import Database
from heldout_server.kit.settings import Settings
from heldout_server.operations.backup import back_up
from heldout_server.operations.copy_to_postgres import Moved, move
from heldout_server.operations.restore import restore as restore_backup
from heldout_server.processes import installation
from heldout_server.processes.installation import InstallationError, open_installation

app = typer.Typer()
console = Console(highlight=False, soft_wrap=True)

FAILED = 1
BackupPath = Annotated[Path, typer.Argument(help="A file ending in .tar or .tar.gz, or a folder.")]


@app.command()
def backup(target: BackupPath) -> None:
    """Write everything to one file or folder, while the server runs. It holds hidden labels."""
    with _said("No backup was made"), _bars() as bars:
        installed = open_installation(_there(Settings()), migrating=False)
        done = back_up(installed, target, now=installation.utc_now(), progress=bars.report)
    console.print(f"{target}: {done.rows} rows and {done.files} files, each with its checksum.")
    console.print("It holds the hidden labels: keep it as safe as the server.")
    if done.missing:
        console.print(f"{len(done.missing)} files are missing or changed in the store:")
        for digest in done.missing:
            console.print(f"  {digest}")
        raise typer.Exit(FAILED)


@app.command()
def restore(source: BackupPath) -> None:
    """Put a backup into an empty data folder, and into the database and store that are set."""
    with _said("Nothing was restored"), _bars() as bars:
        settings = Settings()
        with installation.lock(settings.data):
            manifest = restore_backup(source, settings, bars.report)
    rows = sum(manifest.rows.values())
    console.print(f"{rows} rows and {len(manifest.files)} files of {manifest.created_at}.")
    for digest in manifest.missing:
        console.print(f"Not in the backup, since it was missing then: {digest}")
    console.print("Start the server: heldout-server serve")


@app.command("migrate-to")
def migrate_to(
    url: Annotated[str, typer.Argument(help="postgresql://user:password@host/name, empty.")],
) -> None:
    """Move all rows from this server's SQLite file to PostgreSQL. Stop the server first."""
    with _said("Nothing was moved"), _bars() as bars:
        settings = Settings()
        target = Database(Settings(database_url=url).resolved_database_url)
        if settings.database_url or target.is_sqlite:
            raise InstallationError(
                "this moves from the SQLite file in HELDOUT_DATA to PostgreSQL."
            )
        with installation.lock(_there(settings).data):
            source = Database(settings.resolved_database_url)
            moved = move(source, target, bars.report)
    console.print(_compared(moved))
    console.print("Counts and checksums are the same in both. From now on, start the server with")
    console.print("HELDOUT_DATABASE_URL set to that address; the files stay where they are.")


def _there(settings: Settings) -> Settings:
    """Raise InstallationError when there is no installation to read: none shall be made."""
    if not settings.database_url and not (settings.data / "heldout.db").is_file():
        raise InstallationError(
            f"there is no database in {settings.data.resolve()}: set HELDOUT_DATA to the "
            "server's data folder."
        )
    return settings


def _compared(moved: list[Moved]) -> Table:
    table = Table("table", "rows", "SHA-256 of the rows, in both")
    for one in moved:
        table.add_row(one.table, str(one.fingerprint.rows), one.fingerprint.sha256[:16] + "…")
    return table


@contextmanager
def _said(outcome: str) -> Iterator[None]:
    """Say in one sentence why it failed, and exit 1."""
    installation.owner_only()
    try:
        yield
    except (InstallationError, StorageFailed, OSError, SQLAlchemyError) as error:
        reason = str(error.__cause__ or error) if isinstance(error, SQLAlchemyError) else str(error)
        console.print(f"[red]{outcome}:[/red]", end=" ")
        console.print(reason.strip().splitlines()[0], markup=False)
        raise typer.Exit(FAILED) from None


class _Bars:
    """One bar for each kind of work, in the order in which they come."""

    def __init__(self) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._tasks: dict[str, int] = {}

    def __enter__(self) -> _Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def report(self, what: str, done: int, total: int) -> None:
        """`done` of `total` are done."""
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)  # type: ignore[arg-type]


def _bars() -> _Bars:
    return _Bars()
