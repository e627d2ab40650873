"""The API's shapes, with an example each; the client library mirrors them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from heldout_server.web.schemas.comparisons import ComparisonOut, IntervalOut, TieOut
from heldout_server.web.schemas.shape import PUBLIC_ID, Direction, Unit
from heldout_server.web.schemas.shape import Shape as Shape

Preprocessing = Literal[
    "auto", "none", "0-1", "0-255", "-0.5-0.5", "-1-1", "standardize", "l2-rows"
]


class JoinIn(BaseModel):
    """What joining needs: the room's code, an invite, or one's own code; then no name."""

    code: str = Field(max_length=60, examples=["WAT-2026"])
    name: str = Field("", max_length=200, examples=["Ada"])
    competition: str | None = Field(
        None, max_length=60, description="Which one: its name in the address.", examples=["mnist"]
    )
    room_code: str = Field(
        "",
        max_length=60,
        description="Beside a personal code: the other competition's join code, or an invite.",
        examples=["WAT-2026"],
    )


class ParticipantOut(Shape):
    """A participant as everyone sees them."""

    id: str = Field(examples=["p_2vJr0kq3XQ1a"])
    name: str = Field(examples=["Ada"])


class DatasetOut(Shape):
    """The public facts of a dataset."""

    name: str = Field(examples=["MNIST"])
    classes: int = Field(examples=[10])
    image_shape: list[int] = Field(examples=[[28, 28]])
    test_examples: int = Field(examples=[10000])
    training_examples: int = Field(examples=[50000])
    practice_examples: int = Field(examples=[10000])
    note: str = Field(examples=[""])
    labels: Literal["public", "secret"] = Field(
        description="Whether anybody can look the hidden labels up.", examples=["public"]
    )
    labels_note: str = Field(examples=["The labels of this set are held by the organizers alone."])
    task: Literal["binary", "multiclass", "multilabel", "regression"]
    class_names: list[str] = Field(
        description="In the order of their numbers; empty for multilabel and regression.",
        examples=[["0", "1", "2"]],
    )
    targets: list[str] = Field(
        description="Names of the outputs, where each example has several answers or a number.",
        examples=[[]],
    )
    positive: int | None = Field(
        description="Of a binary task, the number of the class that a probability is of.",
        examples=[None],
    )
    input_shape: list[int] = Field(description="Of one input.", examples=[[28, 28]])
    input_type: str = Field(examples=["uint8"])
    columns: list[str] = Field(description="Of a table, its inputs' names.", examples=[[]])


class LimitsOut(Shape):
    """Largest files, in bytes."""

    model_bytes: int = Field(examples=[52428800])
    predictions_bytes: int = Field(examples=[16777216])


class CompetitionOut(Shape):
    """A competition and its rules."""

    slug: str = Field(examples=["mnist"])
    title: str = Field(examples=["MNIST: read the digits"])
    description: str
    description_html: str
    rules: str
    rules_html: str
    frozen: bool
    revealed: bool
    team_size: int = Field(examples=[1])
    final_choices: int = Field(examples=[1])
    task: str = Field(examples=["multiclass"])
    metric: str = Field(examples=["accuracy"])
    kind: Literal["binary", "multiclass", "multilabel", "regression"]
    metric_label: str = Field(examples=["Accuracy"])
    direction: Direction = Field(description="Which figure is better, as people read it.")
    unit: Unit
    digits: int = Field(
        description="Shown after the point (of a percentage for a share); significant ones in "
        "units of the target.",
        examples=[2],
    )
    also: list[str] = Field(description="Further metrics, shown and not ranked.", examples=[[]])
    state: Literal["open", "paused", "closed", "not_open_yet"]
    opens_at: datetime | None
    closes_at: datetime | None
    timezone: str = Field(examples=["America/Toronto"])
    kinds: list[str] = Field(examples=[["model", "predictions"]])
    rank_predictions: bool = Field(
        description="False: models only are ranked; prediction files stand below, in grey."
    )
    ladder: bool = Field(description="Whether public scores move with a real step only.")
    board_rule: Literal["everybody", "top_and_neighbours", "own_row", "pseudonyms"] = Field(
        description="Whose rows others than organizers see on the board, and under which names."
    )
    board_top: int = Field(
        description="So many rows everybody sees under `top_and_neighbours`.", examples=[10]
    )
    quota_per_day: int | None = Field(examples=[100])
    limits: LimitsOut
    dataset: DatasetOut
    public_fraction: float = Field(examples=[0.5])
    board_url: str = Field(examples=["http://192.168.1.20:8000/c/mnist"])


class CompetitionsOut(Shape):
    """Every competition of this server."""

    competitions: list[CompetitionOut]


class JoinOut(Shape):
    """Token and personal code are shown only here.

    The token is this machine's; the code stands for you on every other one.
    """

    token: str = Field(examples=["hp_nXh0…"])
    personal_code: str = Field(examples=["RKD-47W-NX9"])
    is_new: bool
    participant: ParticipantOut
    competition: CompetitionOut
    board_url: str


class QuotaOut(Shape):
    """Scored submissions left, today and in all; null: no limit. Grants are included."""

    per_day: int | None = Field(examples=[100])
    used_today: int = Field(examples=[3])
    left_today: int | None = Field(examples=[97])
    resets_at: datetime | None
    timezone: str = Field(examples=["America/Toronto"])
    total: int | None = Field(examples=[None])
    used: int = Field(examples=[3])
    left: int | None = Field(examples=[None])
    granted_today: int = Field(examples=[0])
    next_at: datetime | None
    shared_with_team: bool


class SharingIn(BaseModel):
    """One's own choice; null takes it back."""

    shares: bool | None = Field(examples=[True])


class SharingOut(Shape):
    """`rule` is the competition's: always, after_close or opt_in; one's own choice wins."""

    rule: Literal["always", "after_close", "opt_in"]
    choice: bool | None = Field(examples=[None])
    is_shared: bool


class BestOut(TieOut):
    """A participant's row on the board; `score` is the figure as people read it."""

    submission_id: str
    score: float = Field(examples=[0.9731])
    score_text: str = Field(examples=["97.31%"])
    direction: Direction
    rank: int = Field(examples=[3])
    participants: int = Field(examples=[12])


class MeOut(Shape):
    """Who the token belongs to. `has_code`: whether a personal code was ever made."""

    participant: ParticipantOut
    has_code: bool
    competition: CompetitionOut
    best: BestOut | None
    quota: QuotaOut


class BoardRowOut(TieOut):
    """One participant. `rank` is null for a prediction file where models only are ranked."""

    rank: int | None = Field(examples=[1])
    participant: ParticipantOut
    submission_id: str
    submission_name: str = Field(examples=["2 conv + dropout"])
    kind: Literal["model", "predictions"]
    score: float = Field(examples=[0.9731])
    score_text: str = Field(examples=["97.31%"])
    public_score: float | None = Field(
        None, description="Of the same file; null before the reveal.", examples=[0.9765]
    )
    public_score_text: str | None = Field(None, examples=["97.65%"])
    gap: float | None = Field(
        None,
        description="Private minus public figure of it; null before the reveal.",
        examples=[-0.0034],
    )
    interval: IntervalOut | None
    error_count: int | None = Field(examples=[134])
    entries: int = Field(examples=[3])
    reached_at: datetime
    url: str


class BaselineOut(Shape):
    """An unranked row. `reported`: the score was given by organizers, not measured here."""

    id: str = Field(validation_alias=PUBLIC_ID, examples=["b_9qLp3T0aXk2b"])
    kind: Literal["random", "majority", "linear", "starter", "last_year"]
    name: str = Field(examples=["A linear model"])
    score: float = Field(examples=[0.9031])
    score_text: str = Field(examples=["90.31%"])
    error_count: int | None = Field(examples=[485])
    reported: bool


class AnnouncementOut(Shape):
    """What organizers tell the room; `until` null: until it is withdrawn."""

    id: str = Field(validation_alias=PUBLIC_ID, examples=["n_9qLp3T0aXk2b"])
    text: str = Field(examples=["Pizza is here. Ten minutes more for everybody."])
    level: Literal["info", "warning"]
    until: datetime | None
    created_at: datetime


class AnnouncementsOut(Shape):
    """What the board shows now, newest first."""

    announcements: list[AnnouncementOut]


class LeaderboardOut(Shape):
    """A page of the board: public scores until the reveal, then private ones.

    Where models only are ranked, everyone's best prediction file follows the last ranked row, with
    `rank` null; `total` counts the ranked ones. Baselines are on every page and never ranked.
    Scores are figures of `metric` as people read them: a loss is positive, and `direction` says
    which is better. Rows stand best first. `examples_needed`: with about how many hidden examples
    the first two would be told apart; null where they are already, and where nobody knows.
    """

    competition: str = Field(examples=["mnist"])
    title: str = Field(examples=["MNIST: read the digits"])
    split: Literal["public", "private"]
    frozen_at: datetime | None
    revealed_at: datetime | None
    metric: str = Field(examples=["accuracy"])
    metric_label: str = Field(examples=["Accuracy"])
    direction: Direction
    unit: Unit
    digits: int = Field(examples=[2])
    total: int = Field(examples=[12])
    updated_at: datetime | None
    examples_needed: int | None = Field(None, examples=[20000])
    rows: list[BoardRowOut]
    baselines: list[BaselineOut]


class SubmissionIn(BaseModel):
    """What is announced of a file before it is sent."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "model",
                    "name": "2 conv + dropout",
                    "filename": "model.keras",
                    "size_bytes": 1291222,
                    "sha256": None,
                    "run_card": {"hyperparameters": {"optimizer": "Adam", "batch_size": 128}},
                }
            ]
        }
    )

    kind: str = Field(max_length=40)
    name: str | None = Field(None, max_length=500)
    filename: str = Field("file", max_length=1000)
    size_bytes: int = Field(ge=0, le=2**62)
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    preprocessing: Preprocessing = "auto"
    run_card: dict[str, Any] | None = None


class VerdictOut(Shape):
    """What happened: `scored`, a stable error code, or `error` (our machinery)."""

    code: str = Field(examples=["scored"])
    detail: str
    hint: str | None
    warnings: list[str]


class ChangeOut(Shape):
    """Against the participant's own best before this submission, in figures as people read them: an
    RMSE that fell by 0.1 changed by -0.1, which is better.
    """

    previous_score: float | None
    change: float | None
    is_new_best: bool


class FiguresOut(Shape):
    """How a prediction does on some examples.

    Fractions are 0 to 1, log loss is in nats. What a kind of task doesn't have is null. `figures`:
    the ranking metric and the others that the contest shows, by name, as people read them.
    """

    examples: int
    error_count: int | None = None
    figures: dict[str, float | None] | None = None
    accuracy: float | None = None
    top_3_accuracy: float | None = None
    log_loss: float | None = None
    macro_precision: float | None = None
    macro_recall: float | None = None
    macro_f1: float | None = None
    per_class_recall: list[float] | None = None
    confusion_matrix: list[list[int]] | None = None


class PracticeMetricsOut(FiguresOut):
    """Figures on the practice examples, whose labels everyone has."""

    split: Literal["practice"] = "practice"


class MetricsOut(FiguresOut):
    """Figures on the public part of the hidden examples.

    Until the reveal, what is finer than the score and its counts is null: it would give hidden
    labels away. `practice_metrics` has it for practice examples.
    """

    split: Literal["public"]


class ReceiptOut(Shape):
    """How it was scored; seconds by stage."""

    device: str | None = None
    seconds: dict[str, float]
    engine: str | None = Field(
        None,
        description="What ran the model: `tensorflow`, or `onnxruntime` on our own graph.",
    )
    keras_version: str | None = None
    tensorflow_version: str | None = None
    onnxruntime_version: str | None = None
    saved_with: str | None = None
    parameters: int | None = None
    output: str | None = None
    preprocessing: str | None = None
    preprocessing_reason: str | None = None
    upgrades: list[str] = Field([])


class DiagnosisOut(Shape):
    """What the training curve shows, with its rule and numbers; from the run card alone."""

    kind: str = Field(examples=["overfitting"])
    meaning: str
    rule: str
    evidence: str
    remedies: list[str]
    epoch: int | None = Field(examples=[5])


class SubmissionOut(TieOut):
    """A submission with all that its participant may know.

    `rank`, and what of it may be luck, are of the row that its participant has on the board.

    `interval`, `comparison` and `quota` are told where one final submission is asked for, not in
    lists.
    """

    id: str = Field(examples=["s_9qLp3T0aXk2b"])
    name: str
    kind: str
    filename: str
    size_bytes: int
    sha256: str | None
    state: Literal["received", "queued", "running", "scored", "rejected", "error"]
    step: str | None
    queue_position: int | None
    moderation: str | None
    moderation_reason: str | None
    held: bool = Field(
        False, description="Scored, and waiting for an organizer to let it onto the board."
    )
    created_at: datetime
    scored_at: datetime | None
    url: str
    upload_url: str | None
    duplicate_of: str | None
    notice: str | None
    verdict: VerdictOut | None
    score: float | None = Field(
        description="The figure of the contest's metric, as people read it."
    )
    private_score: float | None
    score_text: str | None = Field(None, examples=["97.31%"])
    private_score_text: str | None = None
    direction: Direction | None = Field(None, description="Which score is better.")
    metric: str | None = Field(None, examples=["accuracy"])
    metric_label: str | None = Field(None, examples=["Accuracy"])
    unit: Unit | None = None
    digits: int | None = Field(None, examples=[2])
    rank: int | None
    participants: int | None
    best: ChangeOut | None
    metrics: MetricsOut | None
    practice_metrics: PracticeMetricsOut | None = None
    receipt: ReceiptOut | None
    diagnosis: DiagnosisOut | None = None
    interval: IntervalOut | None = None
    comparison: ComparisonOut | None = None
    quota: QuotaOut | None = None
    run_card: dict[str, Any] | None


class CheckOut(Shape):
    """What the free check on practice images found; `rejected` says what to mend."""

    state: Literal["checked", "rejected"]
    verdict: VerdictOut
    score: float | None
    score_text: str | None = None
    metric: str | None = None
    metric_label: str | None = None
    direction: Direction | None = None
    unit: Unit | None = None
    digits: int | None = None
    metrics: PracticeMetricsOut | None
    receipt: ReceiptOut | None


class SubmissionsOut(Shape):
    """A page of one's own submissions, newest first; `next` goes into `before`."""

    submissions: list[SubmissionOut]
    next: str | None


class ProblemOut(Shape):
    """Every refusal has this shape (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str = Field(examples=["not_found"])
    detail: str
    hint: str
    request_id: str | None


Limit = Annotated[int, Field(ge=1, le=500)]
Offset = Annotated[int, Field(ge=0, le=1_000_000)]
