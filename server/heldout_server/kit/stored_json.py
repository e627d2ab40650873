"""JSON in the database: nothing goes in that can't come out, and what can't be read hurts nobody.

PostgreSQL refuses NaN by itself. SQLite keeps JSON as text and takes any: whoever asks for a value
inside it by SQL then fails, and with them every page that reads the row among others.
"""

from __future__ import annotations

import json
import math
from typing import Any

import structlog
from sqlalchemy import JSON, ColumnElement, Dialect, TypeDecorator, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

log = structlog.get_logger()

_PLAIN = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


# Older versions have stored numbers that aren't finite; 1e999 is one, too.
_DECODER = json.JSONDecoder(parse_constant=lambda _: None, parse_float=_finite)


def dumps(value: Any) -> str:
    """`value` as it is stored. Raises ValueError for a number that isn't finite."""
    return json.dumps(value, allow_nan=False)


def parsed(text: str | bytes) -> Any:
    """The value in `text`, with None for NaN and its kin. Raises ValueError for what is no JSON."""
    return _DECODER.decode(text if isinstance(text, str) else text.decode())


def loads(stored: str | bytes | float) -> Any:
    """The same for what a database gives, and None for what is no JSON."""
    if isinstance(stored, int | float):
        return stored  # SQLite keeps the text `7` as a number
    try:
        return parsed(stored)
    except (ValueError, RecursionError) as error:
        log.warning("database.unreadable_json", reason=str(error))
        return None


class StoredJson(TypeDecorator[Any]):
    """A column that holds objects (`dict`) or lists of JSON.

    Whatever else is stored reads as an empty one, or as None where the column may be NULL.
    """

    impl = JSON
    cache_ok = True

    def __init__(self, shape: type[dict[str, Any]] | type[list[Any]], *, nullable: bool) -> None:
        super().__init__(none_as_null=True)
        self.shape = shape
        self.nullable = nullable

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_PLAIN.dialect_impl(dialect))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if isinstance(value, self.shape):
            return value
        return None if self.nullable else self.shape()


def value_in(column: Any, *path: str) -> ColumnElement[Any]:
    """The value at `path` in a JSON column, found by the database; NULL where it can't be read."""
    return type_coerce(_readable(column), _PLAIN)[path]


class _readable(FunctionElement[Any]):
    """The column, where its text is JSON."""

    inherit_cache = True


@compiles(_readable)
def _always(element: _readable, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = element.clauses
    return compiler.process(column, **options)


@compiles(_readable, "sqlite")
def _if_valid(element: _readable, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = element.clauses
    text = compiler.process(column, **options)
    return f"CASE WHEN json_valid({text}) THEN {text} END"
