"""A contest: a dataset, a task, a metric, rules and a schedule."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from heldout_server.models.base import json_column, utc_column


class Dataset(SQLModel, table=True):
    """What is known of a dataset in public; its hidden labels are never in the database."""

    content_hash: str = Field(primary_key=True, max_length=64)
    name: str
    task: str
    note: str = ""
    class_names: list[str] = json_column()
    image_shape: list[int] = json_column()
    training_examples: int
    practice_examples: int
    test_examples: int
    created_at: datetime = utc_column()


class Competition(SQLModel, table=True):
    """One contest. `quota_per_day` None means unlimited; times None mean unbounded."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=60)
    title: str
    description: str = ""
    dataset_hash: str = Field(foreign_key="dataset.content_hash", max_length=64)
    metric: str = "accuracy"
    join_code: str
    timezone: str = "UTC"
    opens_at: datetime | None = utc_column(nullable=True)
    closes_at: datetime | None = utc_column(nullable=True)
    kinds: list[str] = json_column()
    public_fraction: float = 0.5
    quota_per_day: int | None = None
    attempts_per_minute: int = 30
    model_bytes: int
    predictions_bytes: int
    run_sharing: str = Field(default="always", max_length=20)
    """Who sees run cards unless their participant chose: `always`, `after_close`, `opt_in`."""
    created_at: datetime = utc_column()
