"""Shapes of competitions as organizers set and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from heldout_server.finals.rasterization import LARGEST_BOX, SMALLEST_BOX, Centre
from heldout_server.kit.moments import Moment
from heldout_server.models import BoardRule, Joining, ModelPool, RunSharing, Visibility
from heldout_server.web.schemas.public import Shape
from heldout_server.web.schemas.shape import Direction

# A field that is left out stays as it is; null is refused where a competition needs a value.
_UNSET: Any = None

Title = Annotated[str, Field(min_length=1, max_length=120, examples=["MNIST: read the digits"])]
Text = Annotated[str, Field(max_length=20_000, examples=["Train a **network** that reads."])]
Count = Annotated[int, Field(ge=1, le=2_000_000_000)]
Kinds = Annotated[list[Literal["model", "predictions"]], Field(min_length=1, max_length=2)]

Origins = Annotated[
    list[Annotated[str, Field(max_length=300)]],
    Field(max_length=20, examples=[["https://course.example"]]),
]


class CompetitionEdit(BaseModel):
    """Settings to change; what is left out stays. `team_size` 1: no teams."""

    title: Title = _UNSET
    description: Text = _UNSET
    rules: Text = _UNSET
    timezone: str = Field(_UNSET, max_length=60, examples=["America/Toronto"])
    opens_at: Moment | None = Field(None, title="The opening time")
    closes_at: Moment | None = Field(None, title="The closing time")
    kinds: Kinds = _UNSET
    join_code: str = Field(_UNSET, max_length=60, examples=["WAT-2026"])
    joining: Joining = _UNSET
    visibility: Visibility = _UNSET
    nicknames: bool = _UNSET
    team_size: int = Field(_UNSET, ge=1, le=50, title="The size of a team")
    quota_per_day: Count | None = Field(None, title="Scored a day")
    quota_total: Count | None = Field(None, title="Scored in all")
    interval_seconds: int = Field(_UNSET, ge=0, le=86_400, title="Seconds between submissions")
    attempts_per_minute: Count = Field(_UNSET, title="Attempts a minute")
    model_bytes: Count = _UNSET
    predictions_bytes: Count = _UNSET
    final_choices: int = Field(_UNSET, ge=1, le=20, title="Final submissions")
    embed_origins: Origins = _UNSET
    rank_predictions: bool = Field(
        _UNSET,
        description="False: models only are ranked; prediction files stand below them, in grey.",
    )
    run_sharing: RunSharing = Field(
        _UNSET, description="Who sees run cards; a participant's own choice wins."
    )

    retention_days: int | None = Field(
        None,
        ge=1,
        le=3650,
        title="Days names are kept",
        description="So many days after the end, names and files are deleted for good; null: kept.",
    )
    ladder: bool = Field(
        _UNSET, description="Public scores move with a real step only; from the next one on."
    )
    board_rule: BoardRule = Field(
        _UNSET,
        description="Whose rows others see: `everybody`; the first `board_top` and one's own "
        "neighbours; one's own row; or everybody under a pseudonym.",
    )
    board_top: int = Field(_UNSET, ge=1, le=500, title="Rows from the top")
    drawing_box: int | None = Field(
        None,
        ge=SMALLEST_BOX,
        le=LARGEST_BOX,
        title="Pixels of a drawing",
        description="In a drawn final, the longer side of a drawing; null: as in MNIST.",
    )
    drawing_centre: Centre = Field(
        _UNSET, description="What of a drawing stands in the middle: `mass`, or its `box`."
    )
    also: list[Annotated[str, Field(max_length=60)]] = Field(
        _UNSET,
        max_length=10,
        examples=[["f1_macro"]],
        description="Further metrics, shown and not ranked, by scikit-learn's names.",
    )
    preprocessing: str = Field(
        _UNSET,
        max_length=20,
        examples=["auto"],
        description="How inputs are prepared for models whose participants don't say it.",
    )
    pool: ModelPool = Field(
        _UNSET,
        description="Where models are scored: `cpu`, or `gpu`, by workers with one. "
        "Changing it moves what is queued.",
    )

    def given(self) -> dict[str, object]:
        """Only what was sent, also nulls."""
        return self.model_dump(exclude_unset=True)


class CloneIn(CompetitionEdit):
    """What differs in the copy."""

    slug: str = Field(_UNSET, max_length=60, examples=["mnist-evening-2"])
    public_fraction: float = Field(_UNSET, gt=0, lt=1)


class CompetitionIn(CloneIn):
    """A new competition; only the title is needed. Without a dataset: the newest one."""

    title: Title
    dataset: str | None = Field(None, max_length=64, description="Its content hash, or its name.")


class AdminCompetitionOut(Shape):
    """A competition with all its settings."""

    slug: str = Field(examples=["mnist"])
    title: str
    description: str
    rules: str
    description_html: str
    rules_html: str
    state: Literal["open", "paused", "closed", "not_open_yet"]
    frozen: bool
    revealed: bool
    archived: bool
    dataset: str = Field(examples=["MNIST"])
    dataset_hash: str
    kind: str
    metric: str
    metric_label: str
    direction: Direction
    also: list[str]
    preprocessing: str
    public_fraction: float
    timezone: str
    opens_at: datetime | None
    closes_at: datetime | None
    paused_at: datetime | None
    freeze_at: datetime | None
    revealed_at: datetime | None
    hardest_at: datetime | None
    archived_at: datetime | None
    kinds: list[str]
    join_code: str
    joining: str
    visibility: str
    nicknames: bool
    team_size: int
    quota_per_day: int | None
    quota_total: int | None
    interval_seconds: int
    attempts_per_minute: int
    model_bytes: int
    predictions_bytes: int
    final_choices: int
    rank_predictions: bool
    embed_origins: list[str]
    run_sharing: str
    retention_days: int | None
    ladder: bool
    board_rule: str
    board_top: int
    drawing_box: int | None
    drawing_centre: str
    pool: str
    participants: int
    under_way: int
    board_url: str
    join_url: str
    created_at: datetime


class AdminCompetitionsOut(Shape):
    """Every competition, oldest first."""

    competitions: list[AdminCompetitionOut]


class AdminDatasetOut(Shape):
    """A dataset that a competition can be made on."""

    content_hash: str
    name: str = Field(examples=["MNIST"])
    task: str
    test_examples: int
    note: str
    labels: Literal["public", "secret"]
    labels_note: str


class AdminDatasetsOut(Shape):
    """Every dataset, newest first."""

    datasets: list[AdminDatasetOut]


class LiveRowOut(Shape):
    """A row as it is, frozen or not; only organizers see it."""

    rank: int
    participant: str = Field(examples=["Ada"])
    submission_id: str
    score: float
    score_text: str
    entries: int
    reached_at: datetime


class LiveBoardOut(Shape):
    """Standings of this moment on either split, by final selection on the private one."""

    split: Literal["public", "private"]
    metric: str
    direction: Direction
    total: int
    rows: list[LiveRowOut]
