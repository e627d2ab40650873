"""Shapes of the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from heldout_server.web.schemas.public import Shape


class AuditEntryOut(Shape):
    """One act. `actor_id` is null for the server's terminal and the server itself."""

    id: int
    created_at: datetime
    actor_kind: str = Field(examples=["organizer"])
    actor_id: str | None = Field(examples=["o_2vJr0kq3XQ1a"])
    actor_name: str = Field(examples=["Grace"])
    action: str = Field(examples=["competition.pause"])
    target_kind: str = Field(examples=["competition"])
    target_id: str = Field(examples=["mnist"])
    competition: str | None = Field(examples=["mnist"])
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditLogOut(Shape):
    """A page of the log, newest first; `next` goes into `before`."""

    entries: list[AuditEntryOut]
    next: int | None


class UndoableOut(Shape):
    """The act that undoing would take back; null when there is none."""

    act: AuditEntryOut | None
