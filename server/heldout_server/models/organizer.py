"""Who runs the event. Tokens are stored as SHA-256, passwords as argon2."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, Index, SQLModel

from heldout_server.models.base import utc_column

STILL_HERE = sa.text("revoked_at IS NULL")


class Role(StrEnum):
    """`owner` may do everything; `helper` what an evening needs and nothing that ends it."""

    OWNER = "owner"
    HELPER = "helper"


class Organizer(SQLModel, table=True):
    """Someone who runs the event; a name is taken only while its holder isn't revoked."""

    __table_args__ = (
        Index(
            "ix_organizer_name_key",
            "name_key",
            unique=True,
            sqlite_where=STILL_HERE,
            postgresql_where=STILL_HERE,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    name: str
    name_key: str
    role: str = Field(default=Role.OWNER, max_length=20)
    password_hash: str | None = None
    email: str = Field(default="", max_length=254)
    """Whoever the school says has this address signs in as them; empty: nobody does."""
    school_hash: str | None = Field(default=None, index=True, max_length=64)
    """Of the account at the school that did so first: from then on it alone does."""
    created_at: datetime = utc_column()
    revoked_at: datetime | None = utc_column(nullable=True)

    @property
    def has_password(self) -> bool:
        """Whether they can sign in without a token."""
        return self.password_hash is not None


class OrganizerToken(SQLModel, table=True):
    """One of an organizer's tokens: a laptop's, a script's; each is revoked by itself."""

    __tablename__ = "organizer_token"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    organizer_id: int = Field(foreign_key="organizer.id", index=True)
    label: str
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
