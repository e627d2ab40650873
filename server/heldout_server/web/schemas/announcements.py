"""Shapes of announcements."""

from __future__ import annotations

from pydantic import AwareDatetime

from heldout_server.web.schemas.public import AnnouncementOut, Shape


class AdminAnnouncementOut(AnnouncementOut):
    """An announcement with what became of it."""

    withdrawn_at: AwareDatetime | None


class AdminAnnouncementsOut(Shape):
    """A page of announcements, newest first; `next` goes into `before`."""

    announcements: list[AdminAnnouncementOut]
    next: int | None
