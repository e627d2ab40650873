"""What every table shares: names of constraints, kinds of columns, public ids."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from heldout_server.kit.db import UtcDateTime
from heldout_server.kit.stored_json import StoredJson

# Alembic can only change a constraint that has a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Rows aren't validated, so what would do it needn't be made at every start.
SQLModel.model_config["defer_build"] = True

PUBLIC_ID_BYTES = 9


def public_id(prefix: str) -> str:
    """A new unguessable id for addresses, such as `s_2vJr0kq3XQ1a` (72 random bits)."""
    return f"{prefix}_{secrets.token_urlsafe(PUBLIC_ID_BYTES)}"


def utc_column(*, nullable: bool = False) -> Any:
    """A timestamp field: aware, UTC."""
    return Field(default=None, sa_column=Column(UtcDateTime(), nullable=nullable))


def json_column(
    shape: type[dict[str, Any]] | type[list[Any]],
    *,
    nullable: bool = False,
    empty: Callable[[], Any] = lambda: None,
) -> Any:
    """A JSON field: JSONB on PostgreSQL. `empty` makes the value of a row that was given none."""
    kind = StoredJson(shape, nullable=nullable)
    return Field(default_factory=empty, sa_column=Column(kind, nullable=nullable))
