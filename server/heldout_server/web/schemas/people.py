"""Shapes of participants, grants, teams and the roster as organizers see them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from heldout_server.web.schemas.public import QuotaOut, Shape
from heldout_server.web.schemas.shape import PUBLIC_ID


class NameIn(BaseModel):
    """A new name."""

    name: str = Field(max_length=200, examples=["Ada"])


class BanIn(BaseModel):
    """Why; the participant reads it."""

    reason: str = Field("", max_length=500, examples=["the test labels were in the upload"])


class MergeIn(BaseModel):
    """The account that is kept."""

    into: str = Field(max_length=24, examples=["p_2vJr0kq3XQ1a"])


class GrantIn(BaseModel):
    """Submissions on top of today's quota and of the total."""

    extra: int = Field(1, ge=1, le=1000)
    reason: str = Field("", max_length=500, examples=["the projector failed"])


class MoveIn(BaseModel):
    """The team to be in; null: none."""

    team: str | None = Field(max_length=24, examples=["t_2vJr0kq3XQ1a"])


class TeamIn(BaseModel):
    """A new team; with `captain`, their participant id, it has a first member."""

    name: str = Field(max_length=200, examples=["The Perceptrons"])
    captain: str | None = Field(None, max_length=24)


class CaptainIn(BaseModel):
    """A member's participant id."""

    captain: str = Field(max_length=24, examples=["p_2vJr0kq3XQ1a"])


class AccountOut(Shape):
    """A participant with what an organizer needs beside it."""

    id: str = Field(examples=["p_2vJr0kq3XQ1a"])
    name: str = Field(examples=["Ada"])
    roster_name: str | None
    email: str | None
    reference: str | None
    team: str | None
    team_name: str | None
    is_captain: bool
    extra_minutes: int
    banned_at: datetime | None
    ban_reason: str
    left_at: datetime | None
    joined_at: datetime
    submissions: int
    scored: int
    last_submission_at: datetime | None


class AccountsOut(Shape):
    """A page of participants, who joined first comes first; `next` goes into `after`."""

    participants: list[AccountOut]
    next: str | None


class GrantOut(Shape):
    """Submissions that somebody was given."""

    id: str = Field(validation_alias=PUBLIC_ID)
    extra: int
    reason: str
    created_at: datetime
    revoked_at: datetime | None


class AccountDetailOut(AccountOut):
    """One participant, with quota and grants."""

    quota: QuotaOut
    grants: list[GrantOut]


class ParticipantTokenOut(Shape):
    """The new token and the new personal code are shown only here."""

    token: str = Field(examples=["hp_nXh0…"])
    personal_code: str = Field(examples=["RKD-47W-NX9"])


class ParticipantCodeIn(BaseModel):
    """Whether they are signed out everywhere as well: after a theft."""

    sign_out: bool = False


class ParticipantCodeOut(Shape):
    """The new personal code is shown only here."""

    personal_code: str = Field(examples=["RKD-47W-NX9"])


class TeamOut(Shape):
    """A team as organizers see it."""

    id: str = Field(examples=["t_2vJr0kq3XQ1a"])
    name: str
    join_code: str
    members: int
    created_at: datetime


class TeamsOut(Shape):
    """A page of teams, oldest first; `next` goes into `after`."""

    teams: list[TeamOut]
    next: str | None


class RosterEntryOut(Shape):
    """Somebody who is expected, and who came of it."""

    id: str = Field(examples=["r_2vJr0kq3XQ1a"])
    name: str
    email: str
    reference: str
    team: str
    participant: str | None
    display_name: str | None
    joined_at: datetime | None


class RosterOut(Shape):
    """A page of the roster in the order of import; `next` goes into `after`."""

    entries: list[RosterEntryOut]
    next: str | None


class InviteOut(Shape):
    """A personal code and link, shown only here."""

    id: str
    name: str
    email: str
    invite: str = Field(examples=["RKD4-7WNX-9QFC-TTAL"])
    url: str


class ImportedOut(Shape):
    """What an import did; invites only of the new ones."""

    added: int
    updated: int
    unchanged: int
    invites: list[InviteOut]
