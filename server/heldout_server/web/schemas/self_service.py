"""Shapes of what participants do for themselves."""

from __future__ import annotations

from pydantic import BaseModel, Field

from heldout_server.web.schemas.public import ParticipantOut, Shape


class RenameIn(BaseModel):
    """A new display name."""

    name: str = Field(max_length=200, examples=["Ada"])


class TokenOut(Shape):
    """Both are shown only here."""

    token: str = Field(examples=["hp_nXh0…"])
    personal_code: str = Field(examples=["RKD-47W-NX9"])


class CodeIn(BaseModel):
    """Whether every other machine and browser is signed out, too."""

    sign_out_others: bool = False


class CodeOut(Shape):
    """The personal code is shown only here."""

    personal_code: str = Field(examples=["RKD-47W-NX9"])


class FinalIn(BaseModel):
    """Ids of scored submissions; empty: the best public score counts."""

    submissions: list[str] = Field(max_length=20, examples=[["s_9qLp3T0aXk2b"]])


class FinalOut(Shape):
    """The final selection and how many it may have."""

    submissions: list[str]
    at_most: int


class TeamNameIn(BaseModel):
    """A new team's name."""

    name: str = Field(max_length=200, examples=["The Perceptrons"])


class TeamCodeIn(BaseModel):
    """A team's code; capitals and dashes don't matter."""

    code: str = Field(max_length=60, examples=["RKD4-7WNX-9QFC"])


class MyTeamOut(Shape):
    """One's own team; the code is for its members to share."""

    id: str
    name: str
    join_code: str
    captain: str | None
    members: list[ParticipantOut]


class LeaveIn(BaseModel):
    """One's display name, since this can't be undone."""

    confirm: str = Field(max_length=200, examples=["Ada"])
