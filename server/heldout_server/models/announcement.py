"""What organizers tell the room, above the board."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from heldout_server.models.base import utc_column


class Announcement(SQLModel, table=True):
    """Shown from `created_at` to `until` (None: until it is withdrawn). `level`: info, warning."""

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    competition_id: int = Field(foreign_key="competition.id", index=True)
    text: str
    level: str = "info"
    until: datetime | None = utc_column(nullable=True)
    created_at: datetime = utc_column()
    withdrawn_at: datetime | None = utc_column(nullable=True)
