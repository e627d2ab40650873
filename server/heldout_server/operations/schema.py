"""Which schema a database has, and which one this version wants."""

from __future__ import annotations

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from heldout_server.kit.db import Database
from heldout_server.processes.installation import migrations


def schema_of(database: Database) -> tuple[str, ...]:
    """The revisions that the database has; () when it is new."""
    with database.engine.connect() as connection:
        return tuple(sorted(MigrationContext.configure(connection).get_current_heads()))


def newest_schema() -> tuple[str, ...]:
    """The revisions of this version."""
    return tuple(sorted(ScriptDirectory(str(migrations())).get_heads()))
