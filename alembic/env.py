"""Migrations, for SQLite and PostgreSQL alike; run by the server at start, or by `alembic`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from sqlalchemy import JSON, Connection
from sqlmodel.sql.sqltypes import AutoString

from heldout_server.kit.db import Database, UtcDateTime
from heldout_server.kit.settings import Settings
from heldout_server.kit.stored_json import StoredJson
from heldout_server.models import metadata


def render_item(kind: str, thing: object, autogenerate: Any) -> str | bool:
    """Write column types in plain SQLAlchemy, so that old migrations outlive our code."""
    if kind != "type":
        return False
    if isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(thing, AutoString):
        return f"sa.String(length={thing.length})" if thing.length else "sa.String()"
    if isinstance(thing, JSON | StoredJson):
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def include_object(thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Leave out the tables of the library that carries tickets."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def run(connection: Connection) -> None:
    """Bring the database behind `connection` to the newest revision, and commit."""
    with foreign_keys_off(connection):
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            render_item=render_item,
            include_object=include_object,
            compare_type=True,
            # SQLite's is transactional where BEGIN is ours: an upgrade happens whole or not at all,
            # and a new file waits once for the disk.
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making another and dropping the first, which would be refused
    while rows elsewhere refer to it. The switch works only outside of a transaction.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    sqlite: Any = connection.connection
    sqlite.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        broken = sqlite.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"a migration left rows that refer to nothing: {broken[:3]}")
    finally:
        sqlite.execute("PRAGMA foreign_keys=ON")


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = os.environ.get("ALEMBIC_DATABASE_URL") or Settings().resolved_database_url
    database = Database(url)
    with database.engine.connect() as connection:
        run(connection)
        connection.commit()
    database.dispose()
