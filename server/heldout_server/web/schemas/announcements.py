"""Shapes of announcements."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from heldout_server.web.schemas.public import AnnouncementOut, Moment, Shape


class AnnouncementIn(BaseModel):
    """What the room shall read; `until` null: until it is withdrawn."""

    text: str = Field(max_length=2000, examples=["Pizza is here. Ten minutes more for everybody."])
    level: Literal["info", "warning"] = Field("info", examples=["info"])
    until: Moment | None = Field(None, examples=["2026-11-25T20:00:00-05:00"])


class AdminAnnouncementOut(AnnouncementOut):
    """An announcement with what became of it."""

    withdrawn_at: AwareDatetime | None


class AdminAnnouncementsOut(Shape):
    """A page of announcements, newest first; `next` goes into `before`."""

    announcements: list[AdminAnnouncementOut]
    next: int | None
