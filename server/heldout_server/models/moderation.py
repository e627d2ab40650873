"""Why a submission was taken off the board: apart from its row, which stays narrow."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from heldout_server.models.base import utc_column

HELD = "held"
"""Marked by the server itself: scored, and kept from the board until an organizer decides."""


class ModerationNote(SQLModel, table=True):
    """The reason that the participant reads; there while `Submission.moderation` is set by us
    or by organizers."""

    __tablename__ = "moderation_note"

    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    reason: str
    changed_at: datetime = utc_column()
