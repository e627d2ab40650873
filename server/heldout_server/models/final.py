"""The drawn final: its phases, whose models take part, drawings, readings and models' answers."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from heldout_server.models.base import json_column, utc_column

UNREAD = 255
"""In place of a class that a model hasn't read yet."""
MOST_CLASSES = UNREAD


class FinalPhase(StrEnum):
    """What the room does; each phase follows the one before it."""

    FROZEN = "frozen"
    DRAW = "draw"
    READ = "read"
    COUNT = "count"
    PODIUM = "podium"


class DrawnFinal(SQLModel, table=True):
    """A competition's final on what its people draw.

    `seed` orders everybody's prompts. An image has `box` of its pixels for the drawing, and stands
    by its centre of mass or by the middle of its box (`centre`). `paused_at` set: nothing is drawn
    or read just now. `strokes_deleted_at` set: what was drawn is left as images only.
    """

    __tablename__ = "drawn_final"

    competition_id: int = Field(primary_key=True, foreign_key="competition.id")
    phase: str = Field(default=FinalPhase.FROZEN, max_length=20)
    seed: int
    box: int
    centre: str = Field(max_length=10)
    frozen_at: datetime = utc_column()
    phase_at: datetime = utc_column()
    paused_at: datetime | None = utc_column(nullable=True)
    strokes_deleted_at: datetime | None = utc_column(nullable=True)
    version: int = 0
    """Counts what the room was told: what was read at the same one is the same."""


class Finalist(SQLModel, table=True):
    """A model that takes part, as its file was when the final was frozen.

    `holder_id` holds the row of whoever sent it: a participant, or their team's captain. `place`
    counts from 0, by when they joined. `tries` counts runs in vain since the last good one.
    """

    __table_args__ = (UniqueConstraint("competition_id", "holder_id"),)

    id: int | None = Field(default=None, primary_key=True)
    competition_id: int = Field(foreign_key="competition.id", index=True)
    holder_id: int = Field(foreign_key="participant.id")
    submission_id: int = Field(foreign_key="submission.id")
    sha256: str = Field(max_length=64)
    place: int
    tries: int = 0


class DrawingState(StrEnum):
    """`counted`: two people read what was asked for; `disputed`: at least one didn't."""

    WAITING = "waiting"
    COUNTED = "counted"
    DISPUTED = "disputed"


class Drawing(SQLModel, table=True):
    """What somebody drew for one prompt, and the image that models read.

    `strokes` is a list of [x, y, x, y, …], whole numbers of a square of 0 to 1000; None once they
    are deleted. `image` is (size, size) uint8, row by row, 0 = paper. `digest` is of the strokes.
    `counted_at`: when it first counted, which orders the drawings. `read_as` (finalists,) uint8 is
    the class that the model at each place reads, `UNREAD` where it hasn't yet; `read_at`: all have.
    `consents`: its writer lets the next class have the image.
    """

    __table_args__ = (
        UniqueConstraint("participant_id", "prompt"),
        UniqueConstraint("competition_id", "digest"),
        # Rows hold an image: what is asked for with each tap is answered without them.
        Index(
            "ix_drawing_competition_id_state_hidden_at_read_at",
            "competition_id",
            "state",
            "hidden_at",
            "read_at",
            "participant_id",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    competition_id: int = Field(foreign_key="competition.id")
    participant_id: int = Field(foreign_key="participant.id")
    prompt: int
    strokes: list[list[int]] | None = json_column(list, nullable=True)
    image: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    digest: str = Field(max_length=64)
    state: str = Field(default=DrawingState.WAITING, max_length=20)
    counted_at: datetime | None = utc_column(nullable=True)
    read_as: bytes | None = Field(default=None, sa_column=Column(LargeBinary(), nullable=True))
    read_at: datetime | None = utc_column(nullable=True)
    hidden_at: datetime | None = utc_column(nullable=True)
    consents: bool = False
    created_at: datetime = utc_column()


class DrawingReading(SQLModel, table=True):
    """What somebody else took a drawing for; offered at `offered_at`, said at `said_at`.

    `said` None with `said_at` set: they can't tell. `counts` False: the reader agrees with others
    no better than chance.
    """

    __tablename__ = "drawing_reading"
    __table_args__ = (Index("ix_drawing_reading_participant_id", "participant_id"),)

    drawing_id: int = Field(primary_key=True, foreign_key="drawing.id")
    participant_id: int = Field(primary_key=True, foreign_key="participant.id")
    said: int | None = None
    counts: bool = True
    offered_at: datetime = utc_column()
    said_at: datetime | None = utc_column(nullable=True)
