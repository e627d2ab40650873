"""What happened to a submission, what it scored, and the events that told the room."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel

from heldout_server.models.base import json_column, utc_column

PUBLIC = "public"
PRIVATE = "private"
"""The two parts of the hidden examples: shown while the contest runs, and at the reveal."""


class RunCard(SQLModel, table=True):
    """Hyperparameters, history and architecture as the client sent them; never trusted to rank."""

    __tablename__ = "run_card"

    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    card: dict[str, object] = json_column(dict)


class Verdict(SQLModel, table=True):
    """How it ended: a stable code, one sentence, and what to do next."""

    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    code: str
    detail: str
    hint: str = ""


class Receipt(SQLModel, table=True):
    """What our machinery measured on the way: device, seconds by stage, versions, warnings.

    Each hop adds its own part, so the row can exist before the verdict does.
    """

    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    data: dict[str, object] = json_column(dict)


class Score(SQLModel, table=True):
    """The figures of one submission on one split; a second result cannot exist."""

    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    split: str = Field(primary_key=True)
    score: float
    """What the board orders by, of which more is always better: a loss is negative."""
    examples: int
    error_count: int | None
    """How many examples are wrong; None where none can be, as with numbers."""
    metrics: dict[str, object] = json_column(dict)
    stands_by: int | None = Field(default=None, foreign_key="submission.id")
    """On a ladder, and where it is no real step: the submission whose figures these are."""
    exact: dict[str, object] | None = json_column(dict, nullable=True)
    """Its own figures then: never told while the contest runs."""


class Best(SQLModel, table=True):
    """A participant's best public score, kept in the scoring transaction.

    The board reads only these rows, so its cost grows with participants, not submissions.
    """

    __table_args__ = (Index("ix_best_competition_id_score", "competition_id", "score"),)

    participant_id: int = Field(primary_key=True, foreign_key="participant.id")
    competition_id: int = Field(foreign_key="competition.id")
    submission_id: int = Field(foreign_key="submission.id")
    score: float
    reached_at: datetime = utc_column()
    entries: int = 1


class Event(SQLModel, table=True):
    """Something the room may hear of; ids only grow, so streams replay from any of them.

    `data` is public: it never holds a private figure or anything of a rejected file.
    """

    __table_args__ = (Index("ix_event_competition_id_id", "competition_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    competition_id: int = Field(foreign_key="competition.id")
    submission_id: int | None = Field(default=None, foreign_key="submission.id")
    kind: str
    data: dict[str, object] = json_column(dict)
    created_at: datetime = utc_column()
