"""Copying every table between two databases, and proving that the copy is the same.

A table's fingerprint is its row count and a SHA-256 over its rows in the order of their keys, as
values rather than as stored bytes: SQLite and PostgreSQL keep times, numbers and JSON in
different ways.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from heldout_server.models import metadata

ROWS_AT_ONCE = 1000
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def no_progress(what: str, done: int, total: int) -> None:
    """For callers without a terminal."""


@dataclass(frozen=True)
class Fingerprint:
    """What a table holds."""

    rows: int
    sha256: str


def tables() -> list[Table]:
    """Our tables, each after those that it refers to."""
    return list(metadata.sorted_tables)


def count(connection: Connection, table: Table) -> int:
    """How many rows the table has."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def fingerprint(connection: Connection, table: Table) -> Fingerprint:
    """The table's fingerprint; reads every row, some at a time."""
    digest, rows = hashlib.sha256(), 0
    for part in _rows(connection, table):
        for row in part:
            digest.update(_canonical(row))
            rows += 1
    return Fingerprint(rows, digest.hexdigest())


def copy(source: Connection, target: Connection, table: Table, progress: Progress) -> None:
    """Insert every row of `source`'s table into `target`'s, which is empty."""
    total, done = count(source, table), 0
    for part in _rows(source, table):
        target.execute(insert(table), part)
        done += len(part)
        progress(f"Copying {table.name}", done, total)


def continue_numbering(connection: Connection, table: Table) -> None:
    """On PostgreSQL, have new rows numbered after the copied ones."""
    key = table.primary_key.columns.values()
    if connection.dialect.name != "postgresql" or len(key) != 1:
        return
    name = connection.dialect.identifier_preparer.format_table(table)
    owner = {"table": name, "column": key[0].name}
    found = connection.execute(text("select pg_get_serial_sequence(:table, :column)"), owner)
    sequence = found.scalar_one()
    if sequence is None:
        return
    newest = connection.execute(select(func.max(key[0]))).scalar()
    statement = text("select setval(:sequence, :value, :used)")
    values = {"sequence": sequence, "value": newest or 1, "used": newest is not None}
    connection.execute(statement, values)


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    query = select(table).order_by(*table.primary_key.columns)
    streaming = connection.execution_options(yield_per=ROWS_AT_ONCE)
    for part in streaming.execute(query).mappings().partitions(ROWS_AT_ONCE):
        yield [dict(row) for row in part]


def _canonical(row: dict[str, Any]) -> bytes:
    plain = {name: _plain(value) for name, value in row.items()}
    return json.dumps(plain, sort_keys=True, ensure_ascii=True).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)  # JSON numbers come back from PostgreSQL without ".0" or an exponent
    return value
