"""Shapes of organizers, their tokens, and signing in."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from heldout_server.models import Role
from heldout_server.web.schemas.public import Shape
from heldout_server.web.schemas.shape import PUBLIC_ID


class PasswordIn(BaseModel):
    """A new password; null takes it away."""

    password: str | None = Field(max_length=1000, examples=["four plain words here"])


class SignInIn(BaseModel):
    """An organizer's name and password."""

    name: str = Field(max_length=200, examples=["Grace"])
    password: str = Field(max_length=1000, examples=["four plain words here"])


class OrganizerOut(Shape):
    """An organizer as organizers see them."""

    id: str = Field(validation_alias=PUBLIC_ID, examples=["o_2vJr0kq3XQ1a"])
    name: str = Field(examples=["Grace"])
    role: Role
    email: str = Field(examples=["grace@example.edu"])
    has_password: bool
    created_at: datetime
    revoked_at: datetime | None


class TokenOut(Shape):
    """A token without its secret."""

    id: str = Field(validation_alias=PUBLIC_ID, examples=["k_2vJr0kq3XQ1a"])
    label: str
    created_at: datetime
    revoked_at: datetime | None


class NewTokenOut(TokenOut):
    """The token is shown only here."""

    token: str = Field(examples=["ho_nXh0…"])


class NewOrganizerOut(OrganizerOut):
    """A new organizer; the token is shown only here."""

    token: str = Field(examples=["ho_nXh0…"])


class OrganizersOut(Shape):
    """Every organizer, oldest first."""

    organizers: list[OrganizerOut]


class TokensOut(Shape):
    """An organizer's tokens, oldest first."""

    tokens: list[TokenOut]


class SignedInOut(Shape):
    """A token for some hours, in exchange for a password."""

    token: str
    expires_at: datetime
    organizer: OrganizerOut
