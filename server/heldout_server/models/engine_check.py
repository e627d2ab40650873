"""Which scores of the lane TensorFlow has looked at, and which layers it took out of the lane."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, SQLModel

from heldout_server.models.base import utc_column

DIGEST, LAYERS = 64, 2000


class CheckState(StrEnum):
    """How far the second opinion is.

    TRUSTED: the same graph is looked at with another submission; UNKNOWN: TensorFlow had no answer.
    """

    TRUSTED = "trusted"
    WAITING = "waiting"
    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class EngineCheck(SQLModel, table=True):
    """One score of the lane: which graph it came from, and whether TensorFlow says the same.

    `graph` names layers and settings without weights (`lane.survey.graph_digest`), `layers` the
    classes alone. Until `lease_until` (the database's clock) a worker compares.
    """

    __tablename__ = "engine_check"
    __table_args__ = (
        Index("ix_engine_check_graph", "graph"),
        Index("ix_engine_check_state", "state"),
    )

    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    graph: str = Field(max_length=DIGEST)
    layers: str = Field(max_length=LAYERS)
    state: str = Field(max_length=20)
    lease_until: datetime | None = utc_column(nullable=True)


class LeftLayers(SQLModel, table=True):
    """A set of layers that isn't scored in the lane any more, and the difference that showed it."""

    __tablename__ = "left_layers"

    layers: str = Field(primary_key=True, max_length=LAYERS)
    graph: str = Field(max_length=DIGEST)
    difference: str
    since: datetime = utc_column()
