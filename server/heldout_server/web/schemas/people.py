"""Shapes of participants, grants, teams and the roster as organizers see them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from heldout_server.web.schemas.public import QuotaOut, Shape
from heldout_server.web.schemas.shape import PUBLIC_ID


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
    """What an import did; invites only of the new ones who haven't come as somebody yet."""

    added: int
    linked: int
    updated: int
    unchanged: int
    invites: list[InviteOut]
