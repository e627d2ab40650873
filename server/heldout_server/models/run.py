"""What the class's runs say: each one's hyperparameters as columns, and figures over all."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel

from heldout_server.models.base import json_column, utc_column

TEXT = 200


class Run(SQLModel, table=True):
    """The run card of one scored submission as flat, typed columns; None where unknown.

    Derived from the card and the receipt alone, so it can be made again at any time. Fractions
    are 0 to 1. `hidden_units` and the like list the layers (`512-128`); `width` is their sum.
    `card_changes` counts how often the card was replaced.
    """

    __table_args__ = (
        Index("ix_run_competition_id_submission_id", "competition_id", "submission_id"),
        Index("ix_run_participant_id_study", "participant_id", "study"),
    )

    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    competition_id: int = Field(foreign_key="competition.id")
    participant_id: int = Field(foreign_key="participant.id")
    optimizer: str | None = Field(default=None, max_length=TEXT)
    learning_rate: float | None = None
    learning_rate_schedule: str | None = Field(default=None, max_length=TEXT)
    batch_size: float | None = None
    epochs_run: float | None = None
    epochs_requested: float | None = None
    examples: float | None = None
    family: str | None = Field(default=None, max_length=TEXT)
    hidden_layers: float | None = None
    hidden_units: str | None = Field(default=None, max_length=TEXT)
    width: float | None = None
    conv_filters: str | None = Field(default=None, max_length=TEXT)
    kernel_size: str | None = Field(default=None, max_length=TEXT)
    activation: str | None = Field(default=None, max_length=TEXT)
    dropout: float | None = None
    l2: float | None = None
    augmentation: str | None = Field(default=None, max_length=TEXT)
    parameters: float | None = None
    train_seconds: float | None = None
    scoring_seconds: float | None = None
    train_accuracy: float | None = None
    validation_accuracy: float | None = None
    diagnosis: str | None = Field(default=None, max_length=TEXT)
    study: str | None = Field(default=None, max_length=TEXT)
    trial: int | None = None
    card_changes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class ClassInsight(SQLModel, table=True):
    """A figure over the whole class, worked out in the background; `kind` names it.

    `version` says from which runs: an equal one needs no new computation.
    """

    __tablename__ = "class_insight"

    competition_id: int = Field(primary_key=True, foreign_key="competition.id")
    kind: str = Field(primary_key=True, max_length=40)
    version: str = Field(max_length=100)
    data: dict[str, object] = json_column(dict)
    computed_at: datetime = utc_column()


class PracticeReading(SQLModel, table=True):
    """How a model answers the practice examples, whose labels everyone has.

    `misread` holds up to a hundred of `[example, label, said]`; `said` the class of every example
    (`runs.practice.written`), empty where an example isn't of one class. `metrics` has the figures
    and under `curves` the points of `runs.practice_curves`. A reading of an older version has
    neither `said` nor `metrics`.
    """

    __tablename__ = "practice_reading"

    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    examples: int
    error_count: int | None
    misread: list[list[int]] = json_column(list)
    said: str | None = None
    metrics: dict[str, object] | None = json_column(dict, nullable=True)
