"""People: who submits, and who runs the event. Tokens are stored as SHA-256 only."""

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
    shares_runs: bool | None = None
    """Their own choice; None: as the competition has it."""
    joined_at: datetime = utc_column()


class Organizer(SQLModel, table=True):
    """Someone who runs the event."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    token_hash: str = Field(unique=True, max_length=64)
    created_at: datetime = utc_column()
    revoked_at: datetime | None = utc_column(nullable=True)


class OrganizerSession(SQLModel, table=True):
    """A signed-in browser of an organizer; a row, so that signing out works on every replica."""

    __tablename__ = "organizer_session"

    id: int | None = Field(default=None, primary_key=True)
    organizer_id: int = Field(foreign_key="organizer.id")
    secret_hash: str = Field(unique=True, max_length=64)
    expires_at: datetime = utc_column()
