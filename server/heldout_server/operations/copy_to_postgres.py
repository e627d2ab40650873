"""From one database to another, whole: every row copied, counted and compared, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, inspect
from sqlalchemy.exc import SQLAlchemyError

from heldout_server.kit.db import Database
from heldout_server.operations import tables
from heldout_server.operations.schema import newest_schema, schema_of
from heldout_server.operations.tables import Fingerprint, Progress
from heldout_server.processes.installation import InstallationError, migrate

SHARED_WITH_US = ("alembic_version", "procrastinate_")


@dataclass(frozen=True)
class Moved:
    """One table after the move; source and target have this same fingerprint."""

    table: str
    fingerprint: Fingerprint


def move(
    source: Database, target: Database, progress: Progress = tables.no_progress
) -> list[Moved]:
    """Copy all of `source` into `target`, which must be empty; it gets the newest schema.

    Nothing may write to `source` meanwhile. Raises InstallationError, and then `target` holds no
    row, when the schemas differ, the target isn't empty, or a table's copy isn't the same.
    """
    if schema_of(source) != newest_schema():
        raise InstallationError(
            "the database has an older schema than this version: run heldout-server migrate first."
        )
    check_empty(target)
    migrate(target)
    with source.read() as reading, target.write() as writing:
        return _copied(reading.connection(), writing.connection(), progress)


def check_empty(target: Database) -> None:
    """Raise InstallationError when the database holds tables or rows of anybody."""
    ours = {table.name: table for table in tables.tables()}
    try:
        found = inspect(target.engine).get_table_names()
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise InstallationError(f"the target database doesn't answer: {reason}") from None
    foreign = [t for t in found if t not in ours and not t.startswith(SHARED_WITH_US)]
    if foreign:
        raise InstallationError(
            f"the target database holds tables of somebody else ({', '.join(foreign[:3])}): "
            "give an empty one."
        )
    with target.engine.connect() as connection:
        filled = [name for name in found if name in ours and tables.count(connection, ours[name])]
    if filled:
        raise InstallationError(
            f"the target database is not empty: {', '.join(filled[:3])} hold rows. Nothing was "
            "changed; give an empty database."
        )


def _copied(source: Connection, target: Connection, progress: Progress) -> list[Moved]:
    for table in reversed(tables.tables()):  # rows that a migration itself has put there
        target.execute(delete(table))
    moved = []
    for table in tables.tables():
        tables.copy(source, target, table, progress)
        tables.continue_numbering(target, table)
    for number, table in enumerate(tables.tables(), 1):
        progress("Comparing", number, len(tables.tables()))
        wanted = tables.fingerprint(source, table)
        found = tables.fingerprint(target, table)
        if wanted != found:
            raise InstallationError(
                f"the copy of {table.name} is not the same ({found.rows} rows instead of "
                f"{wanted.rows}, or other values): nothing was moved."
            )
        moved.append(Moved(table.name, found))
    return moved
