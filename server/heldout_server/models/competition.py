"""A contest: a dataset, a task, a metric, rules and a schedule."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from heldout_server.models.base import json_column, utc_column


class Joining(StrEnum):
    """Who may join: whoever knows the code, is on the roster, or signs in with the school; whoever
    knows the code or signs in; anybody.
    """

    CODE = "code"
    SCHOOL = "school"
    SCHOOL_OR_CODE = "school_or_code"
    ROSTER = "roster"
    OPEN = "open"


class Visibility(StrEnum):
    """Whether the board is listed, or found only by those who were given its address."""

    PUBLIC = "public"
    LINK = "link"


class ModelPool(StrEnum):
    """Which machines score models: any, or those with a GPU."""

    CPU = "cpu"
    GPU = "gpu"


class RunSharing(StrEnum):
    """Who sees the run cards of those who haven't chosen themselves."""

    ALWAYS = "always"
    AFTER_CLOSE = "after_close"
    OPT_IN = "opt_in"


class BoardRule(StrEnum):
    """Whose rows, and under which names, others see on the board."""

    EVERYBODY = "everybody"
    TOP_AND_NEIGHBOURS = "top_and_neighbours"
    OWN_ROW = "own_row"
    PSEUDONYMS = "pseudonyms"


class Dataset(SQLModel, table=True):
    """What is known of a dataset in public; its hidden labels are never in the database."""

    content_hash: str = Field(primary_key=True, max_length=64)
    name: str
    task: str
    """Its kind, one of `tasks.kinds.Kind`."""
    note: str = ""
    class_names: list[str] = json_column(list)
    targets: list[str] = json_column(list, empty=list)
    """Names of the outputs, where each example has several answers or a number."""
    positive: int = 1
    """The number of the class that a binary probability is of."""
    input_shape: list[int] = json_column(list)
    input_type: str = Field(default="uint8", max_length=20)
    columns: list[str] = json_column(list, empty=list)
    """Of a table, the names of its inputs."""
    labels_are: str | None = Field(default=None, max_length=20)
    """What the organizer says of the hidden answers: `public` or `secret`."""
    training_examples: int
    practice_examples: int
    test_examples: int
    images_hash: str | None = Field(default=None, max_length=64)
    """Of the hidden inputs, by which `datasets.known` recognises published sets."""
    created_at: datetime = utc_column()


class Competition(SQLModel, table=True):
    """One contest. `quota_per_day` None means unlimited; times None mean unbounded.

    `freeze_at`: what arrives from then on doesn't move the board. `revealed_at` set: the board
    shows private scores of final selections. `hardest_at` set: after the reveal, everybody sees
    the hidden images that most got wrong. `team_size` 1: no teams. `labels_version` names the
    corrected labels it is scored with; None: those of the dataset. `pool` says where its models
    are scored: `cpu` or `gpu`.
    """

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=60)
    title: str
    description: str = ""
    rules: str = ""
    dataset_hash: str = Field(foreign_key="dataset.content_hash", max_length=64)
    metric: str = "accuracy"
    """What it ranks by, by the name of scikit-learn's scorer: one of `tasks.catalogue`."""
    also: list[str] = json_column(list, empty=list)
    """Further metrics that are shown and not ranked."""
    preprocessing: str = Field(default="auto", max_length=20)
    """How inputs are prepared for models whose participants don't say it."""
    labels_version: str | None = Field(default=None, max_length=40)
    join_code: str
    timezone: str = "UTC"
    opens_at: datetime | None = utc_column(nullable=True)
    closes_at: datetime | None = utc_column(nullable=True)
    kinds: list[str] = json_column(list)
    public_fraction: float = 0.5
    retention_days: int | None = None
    """So long after the end names and files are kept; None: until an organizer deletes them."""
    quota_per_day: int | None = None
    quota_total: int | None = None
    interval_seconds: int = 0
    attempts_per_minute: int = 30
    final_choices: int = 1
    rank_predictions: bool = True
    """Whether prediction files are ranked; if not, they stand below the models, in grey."""
    ladder: bool = False
    """Whether public scores move with a real step only: `grading.ladder`."""
    team_size: int = 1
    nicknames: bool = True
    joining: str = Field(default=Joining.CODE, max_length=20)
    visibility: str = Field(default=Visibility.PUBLIC, max_length=20)
    paused_at: datetime | None = utc_column(nullable=True)
    freeze_at: datetime | None = utc_column(nullable=True)
    revealed_at: datetime | None = utc_column(nullable=True)
    hardest_at: datetime | None = utc_column(nullable=True)
    archived_at: datetime | None = utc_column(nullable=True)
    model_bytes: int
    predictions_bytes: int
    pool: str = Field(default=ModelPool.CPU, max_length=20)
    run_sharing: str = Field(default=RunSharing.ALWAYS, max_length=20)
    """Who sees run cards unless their participant chose: `always`, `after_close`, `opt_in`."""
    board_rule: str = Field(default=BoardRule.EVERYBODY, max_length=20)
    """Who sees whose row: kept by `leaderboard.audience`."""
    board_top: int = 10
    """How many rows from the top everybody sees where the rule is `top_and_neighbours`."""
    drawing_box: int | None = None
    """Of an image's pixels, how many a drawing's longer side has in a drawn final; None: as in
    MNIST, 20 of 28."""
    drawing_centre: str = Field(default="mass", max_length=10)
    """What of a drawing stands in the middle of its image: `finals.rasterization.Centre`."""
    projector: dict[str, Any] = json_column(dict, empty=dict)
    """What open projectors show, where organizers have set it: `competitions.projector.Screen`."""
    grades: dict[str, Any] = json_column(dict, empty=dict)
    """How points follow from private scores: what `competitions.grade_rule` reads."""
    embed_origins: list[str] = json_column(list, empty=list)
    """Sites that may show the board in a frame, beside those that the settings name."""
    logo_sha256: str | None = Field(default=None, max_length=64)
    baseline_sha256: str | None = Field(default=None, max_length=64)
    """What came with its folder: a PNG that pages show, and predictions as a file."""
    created_at: datetime = utc_column()
