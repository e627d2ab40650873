"""Who submits. Tokens are stored as SHA-256 only."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from heldout_server.models.base import utc_column


class Participant(SQLModel, table=True):
    """Someone who joined one competition. `name_key` is the name as compared for uniqueness."""

    __table_args__ = (UniqueConstraint("competition_id", "name_key"),)

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    competition_id: int = Field(foreign_key="competition.id")
    name: str
    name_key: str
    token_hash: str = Field(unique=True, max_length=64)
    joined_at: datetime = utc_column()
