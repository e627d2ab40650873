"""Undoing for what is never deleted: adding is undone by taking away, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from heldout_server.acts.registry import ActContext, Inverse, changed_since
from heldout_server.models import AuditEntry

Row = TypeVar("Row")


def inverses(
    find: Callable[[ActContext, AuditEntry], Row],
    since: Callable[[Row], datetime | None],
    put: Callable[[ActContext, Row, datetime | None], None],
) -> tuple[Inverse, Inverse]:
    """The inverse of adding, and that of taking away.

    `since` says when a row was taken away, None while it is there; `put` sets it.
    """

    def take_away(context: ActContext, entry: AuditEntry) -> None:
        found = find(context, entry)
        if since(found) is not None:
            raise changed_since(entry)
        put(context, found, context.now)

    def put_back(context: ActContext, entry: AuditEntry) -> None:
        found = find(context, entry)
        if since(found) is None:
            raise changed_since(entry)
        put(context, found, None)

    return take_away, put_back
