"""Shapes of announcements."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from heldout_server.competitions.announcements import USUALLY_SHOWN_FOR
from heldout_server.web.schemas.public import AnnouncementOut, Moment, Shape


class AnnouncementIn(BaseModel):
    """What the room shall read. Without `until` for ten minutes; null: until it is withdrawn."""

    text: str = Field(max_length=2000, examples=["Pizza is here. Ten minutes more for everybody."])
    level: Literal["info", "warning"] = Field("info", examples=["info"])
    until: Moment | None = Field(None, examples=["2026-11-25T20:00:00-05:00"])

    def end(self, now: datetime) -> datetime | None:
        """Until when it is shown, if it ends by itself."""
        return self.until if "until" in self.model_fields_set else now + USUALLY_SHOWN_FOR


class AdminAnnouncementOut(AnnouncementOut):
    """An announcement with what became of it."""

    withdrawn_at: AwareDatetime | None


class AdminAnnouncementsOut(Shape):
    """A page of announcements, newest first; `next` goes into `before`."""

    announcements: list[AdminAnnouncementOut]
    next: int | None
