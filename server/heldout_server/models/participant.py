"""Who submits: participants, their teams, the roster. Tokens are stored as SHA-256 only."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from heldout_server.models.base import json_column, utc_column
from heldout_server.models.pseudonym import any_pseudonym


class Team(SQLModel, table=True):
    """Participants who are ranked together. Members and captain are on the participants' rows."""

    __table_args__ = (UniqueConstraint("competition_id", "name_key"),)

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    competition_id: int = Field(foreign_key="competition.id")
    name: str
    name_key: str
    pseudonym: str = Field(default_factory=any_pseudonym, max_length=60)
    """What others read where the board shows no names."""
    join_code: str = Field(unique=True, max_length=40)
    created_at: datetime = utc_column()


class Participant(SQLModel, table=True):
    """Someone who joined one competition. `name_key` is the name as compared for uniqueness,
    `look_key` what it looks like (None: joined before that was kept).

    `extra_minutes` after the closing time are theirs alone. `left_at` set: nothing of them but
    scores is left. `merged_into_id` set: this account is another one's now. `person`: who has
    the same is the same person in another competition, with the same personal code.
    """

    __table_args__ = (
        UniqueConstraint("competition_id", "name_key"),
        UniqueConstraint("competition_id", "code_hash"),
        UniqueConstraint("competition_id", "school_hash"),
        Index("ix_participant_competition_id_id", "competition_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    competition_id: int = Field(foreign_key="competition.id")
    name: str
    name_key: str
    look_key: str | None = None
    pseudonym: str = Field(default_factory=any_pseudonym, max_length=60)
    """What others read where the board shows no names; the same in the whole contest."""
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    is_captain: bool = False
    extra_minutes: int = 0
    renamed_at: datetime | None = utc_column(nullable=True)
    banned_at: datetime | None = utc_column(nullable=True)
    ban_reason: str = ""
    left_at: datetime | None = utc_column(nullable=True)
    merged_into_id: int | None = Field(default=None, foreign_key="participant.id")
    token_hash: str = Field(unique=True, max_length=64)
    code_hash: str | None = Field(default=None, index=True, max_length=64)
    """Of the personal code; None: joined before there were any, or left."""
    school_hash: str | None = Field(default=None, index=True, max_length=64)
    """Of their account at the school (`people.school`); None: they never signed in with it."""
    person: str | None = Field(default=None, index=True, max_length=24)
    shares_runs: bool | None = None
    """Their own choice; None: as the competition has it."""
    joined_at: datetime = utc_column()


class SignInKind(StrEnum):
    """A `machine` has a token for the API, a `browser` a cookie for pages."""

    MACHINE = "machine"
    BROWSER = "browser"


class SignIn(SQLModel, table=True):
    """A participant's further machine or browser; the one they joined on is on their own row."""

    __tablename__ = "sign_in"

    id: int | None = Field(default=None, primary_key=True)
    participant_id: int = Field(foreign_key="participant.id", index=True)
    kind: str = Field(max_length=20)
    secret_hash: str = Field(unique=True, max_length=64)
    created_at: datetime = utc_column()


class RosterEntry(SQLModel, table=True):
    """Somebody who is expected; `participant_id` once they came. The invite is a one-time code."""

    __tablename__ = "roster_entry"
    __table_args__ = (Index("ix_roster_entry_competition_id_id", "competition_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    competition_id: int = Field(foreign_key="competition.id")
    name: str
    name_key: str
    email: str = ""
    reference: str = ""
    team_name: str = ""
    invite_hash: str | None = Field(default=None, unique=True, max_length=64)
    participant_id: int | None = Field(default=None, foreign_key="participant.id", index=True)
    created_at: datetime = utc_column()


class Grant(SQLModel, table=True):
    """Submissions on top of the quota, for one participant."""

    __tablename__ = "quota_grant"

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    participant_id: int = Field(foreign_key="participant.id", index=True)
    extra: int
    reason: str = ""
    created_at: datetime = utc_column()
    revoked_at: datetime | None = utc_column(nullable=True)


class Merge(SQLModel, table=True):
    """Which submissions came from which account, so that a merge can be taken back."""

    __tablename__ = "participant_merge"

    participant_id: int = Field(primary_key=True, foreign_key="participant.id")
    into_id: int = Field(foreign_key="participant.id")
    submission_ids: list[int] = json_column(list)
    created_at: datetime = utc_column()
