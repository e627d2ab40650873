"""Who works, whether work is claimed at all, and what organizers must look at."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from heldout_server.models.base import json_column, utc_column

ONLY_ROW = 1


class Worker(SQLModel, table=True):
    """A process that claims work. Names are for people and may repeat; ids never do.

    `heartbeat_at` is by the database's clock. What it runs is a query over submissions. `slots` is
    how much it does at once, by pool; pools that share their slots each have the same number.
    """

    id: str = Field(primary_key=True, max_length=24)
    name: str = Field(max_length=120)
    host: str = Field(max_length=120)
    process: int
    pools: list[str] = json_column(list)
    slots: dict[str, int] = json_column(dict, empty=dict)
    draining: bool = False
    started_at: datetime = utc_column()
    heartbeat_at: datetime = utc_column()


class Turn(SQLModel, table=True):
    """When a participant was last served: of two who wait alike, the other one is next.

    `timed_out_at` is when a file of theirs last ran into a time limit: they wait behind others.
    A table of its own, since a claim must not wait for whoever holds the participant's row.
    """

    participant_id: int = Field(primary_key=True, foreign_key="participant.id")
    served_at: datetime | None = utc_column(nullable=True)
    timed_out_at: datetime | None = utc_column(nullable=True)


class Maintenance(SQLModel, table=True):
    """While its only row is there, nobody claims anything; what runs is finished."""

    id: int = Field(default=ONLY_ROW, primary_key=True)
    reason: str = ""
    since: datetime = utc_column()


class Alert(SQLModel, table=True):
    """Something that organizers must look at, until it is resolved."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=60)
    detail: str
    submission_id: int | None = Field(default=None, foreign_key="submission.id", index=True)
    raised_at: datetime = utc_column()
    resolved_at: datetime | None = utc_column(nullable=True)
