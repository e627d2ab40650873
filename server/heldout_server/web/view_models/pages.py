"""What each page shows: one frozen dataclass per page, filled by the routes, read by templates.

Templates see exactly one variable, `page`. Everything here is a plain value, so a page can be
rendered in a test without a database. Times are timezone-aware; scores are what the board orders
by, which the filter `figure` reads by the contest's metric; recalls and fractions are from 0 to 1;
sizes are bytes; durations are seconds. Only the public split reaches a page.

| class           | template                              |
|-----------------|---------------------------------------|
| QueuePage       | _queue.html                           |
| ShortAddressPage| short_address.html                    |
| HelpPage        | help.html                             |
| SubmissionPage  | submission.html                       |
| ErrorPage       | error.html                            |

`CompetitionsPage` is in `competitions.py`, those of signing in in `signing_in.py`; the console's
pages are beside their routes, in `console/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from heldout_server.leaderboard import audience
from heldout_server.leaderboard.ties import Tie
from heldout_server.models import FinalPhase
from heldout_server.runs.asked import DIGITS, Asked
from heldout_server.tasks import catalogue, scores
from heldout_server.web.formats import count
from heldout_server.web.room_addresses import screen_path, starter_path, tv_path
from heldout_server.web.view_models.dataset import DatasetView
from heldout_server.web.view_models.own_step import OwnStep
from heldout_server.web.view_models.practice import NOTHING_DRAWN, PracticeFigures

CompetitionState = Literal["open", "paused", "closed", "not_open_yet"]
SubmissionState = Literal["received", "queued", "running", "scored", "rejected", "error"]
Moderation = Literal["held", "hidden", "disqualified", "withdrawn", "purged"]
FINAL_STATES = frozenset({"scored", "rejected", "error"})
PEOPLE = ("Brier", "Cohen", "Hamming", "Jaccard", "Matthews")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One setting that the next one above chose differently; texts, "–" for unknown."""

    name: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAbove:
    """The participant one place above and what they do differently. `submission_path` is empty
    where others may not look at it.
    """

    participant_name: str
    submission_path: str
    compare_path: str
    score: float
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitionView:
    """A competition and its rules, as every page needs them."""

    slug: str
    title: str
    description: str
    state: CompetitionState
    dataset: DatasetView
    rules: str = ""
    """Markdown, as `description`; templates render both."""
    metric: str = "accuracy"
    also: tuple[str, ...] = ()
    """Further metrics that are shown and not ranked."""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    """When it closes; once it has, when it did: an early reveal ends it before the plan."""
    timezone: str = "UTC"
    """IANA name of the room's zone; every time on the page is shown in it, with its offset."""
    kinds: tuple[str, ...] = ("model", "predictions")
    rank_predictions: bool = True
    """Whether prediction files are ranked; if not, they stand below the models."""
    quota_per_day: int | None = None
    public_fraction: float = 0.5
    """Share of the test examples that the board scores on, between 0 and 1."""
    model_bytes: int
    predictions_bytes: int
    frozen_at: datetime | None = None
    """Since when the board stands still, while it does."""
    is_listed: bool = True
    """Whether strangers may come across it; if not, search engines are asked to leave it out."""
    revealed: bool = False
    """Whether the board shows the private scores of the final selections."""
    ladder: bool = False
    """Whether public scores move with a real step only."""
    board_rule: str = "everybody"
    """Whose rows others see on the board, and under which names."""
    board_top: int = 10
    shows_hardest: bool = False
    """Whether the wall of hardest examples is open."""
    final_phase: FinalPhase | None = None
    """Of a drawn final, while people may draw or read in it."""
    logo_sha256: str | None = None
    """Of the picture that came with its folder; None: there is none."""

    @property
    def logo_path(self) -> str:
        """The picture; another one has another address."""
        return f"/c/{self.slug}/logo.png?v={(self.logo_sha256 or '')[:16]}"

    @property
    def board_words(self) -> str:
        """What the board shows, where that isn't everybody by name."""
        return audience.words(self.board_rule, self.board_top)

    @property
    def own_rows_path(self) -> str:
        """Where a participant's browser gets the rows that it alone is shown; empty: no need."""
        return f"{self.me_path}/rows" if self.board_words else ""

    @property
    def metric_name(self) -> str:
        """The metric as a heading."""
        return catalogue.metric(self.metric).label

    @property
    def metric_in_words(self) -> str:
        """The same within a sentence: "accuracy", "RMSE", "Cohen's kappa"."""
        label = self.metric_name
        is_name = label[1:2].isupper() or not label[1:2].isalpha() or label.startswith(PEOPLE)
        return label if is_name else label[0].lower() + label[1:]

    @property
    def metric_sentence(self) -> str:
        """What it measures, and which way is better where that isn't plain."""
        return scores.sentence(self.metric)

    @property
    def metric_rule(self) -> str:
        """The same after a colon, within a rule."""
        if self.metric == "accuracy":
            return f"the share of {self.dataset.noun}s {self.dataset.rightly}."
        return self.metric_sentence[0].lower() + self.metric_sentence[1:]

    @property
    def is_loss(self) -> bool:
        """Whether lower is better."""
        return catalogue.metric(self.metric).is_loss

    @property
    def has_margins(self) -> bool:
        """Whether each score has an interval: those that count right answers do."""
        return self.metric == "accuracy"

    @property
    def in_percent(self) -> bool:
        """Whether its figures are read in percent, and their changes in points of it."""
        return scores.in_percent(self.metric)

    @property
    def first_words(self) -> str:
        """In which order rows stand."""
        return "lowest first" if self.is_loss else "highest first"

    @property
    def hidden_words(self) -> str:
        """What scores are on: "hidden images", "hidden rows"."""
        return f"hidden {self.dataset.noun}s"

    @property
    def hidden_images(self) -> str:
        """How many hidden images the scores shown are on."""
        hidden = self.dataset.test_examples
        shown = hidden - self.public_examples if self.revealed else self.public_examples
        return f"{count(shown)} of {count(hidden)} {self.hidden_words}"

    @property
    def hidden_sentence(self) -> str:
        """The same as a rule: which count now, and which at the end."""
        kept = self.dataset.test_examples - self.public_examples
        return (
            f"{count(self.dataset.test_examples)} {self.hidden_words}: "
            f"{count(self.public_examples)} score on the board, the other {count(kept)} stay "
            "private until the reveal and decide."
        )

    @property
    def is_closed(self) -> bool:
        return self.state == "closed"

    @property
    def board_path(self) -> str:
        return f"/c/{self.slug}"

    @property
    def me_path(self) -> str:
        return f"/c/{self.slug}/me"

    @property
    def fragment_path(self) -> str:
        return f"/c/{self.slug}/board"

    @property
    def school_path(self) -> str:
        """Where signing in with the school begins."""
        return f"/c/{self.slug}/school"

    @property
    def join_path(self) -> str:
        return f"/c/{self.slug}/join"

    @property
    def queue_path(self) -> str:
        return f"/c/{self.slug}/queue"

    @property
    def race_path(self) -> str:
        return f"/c/{self.slug}/race"

    @property
    def reveal_path(self) -> str:
        return f"/c/{self.slug}/reveal"

    @property
    def final_path(self) -> str:
        """Where one draws and reads in the drawn final."""
        return f"/c/{self.slug}/final"

    @property
    def gap_path(self) -> str:
        """Public and private scores side by side, after the reveal."""
        return f"/c/{self.slug}/gap"

    @property
    def tv_path(self) -> str:
        return tv_path(self.slug)

    @property
    def help_path(self) -> str:
        """Help for participants."""
        return f"/c/{self.slug}/help"

    @property
    def starter_path(self) -> str:
        """The lesson's notebook, filled in."""
        return starter_path(self.slug)

    @property
    def screen_path(self) -> str:
        """The link to the projector: an organizer's carries the room's code."""
        return screen_path(self.slug)

    @property
    def experiments_path(self) -> str:
        return f"/c/{self.slug}/experiments"

    @property
    def hardest_path(self) -> str:
        return f"/c/{self.slug}/hardest"

    @property
    def compare_path(self) -> str:
        return f"/c/{self.slug}/compare"

    @property
    def events_path(self) -> str:
        return f"/api/v1/competitions/{self.slug}/events"

    @property
    def public_examples(self) -> int:
        return round(self.dataset.test_examples * self.public_fraction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What `base.html` needs from every page: the competition its navigation belongs to, if any.

    `share_image` is the full address of the picture that messengers show beside a link.
    """

    competition: CompetitionView | None = None
    share_image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStrip:
    """How much is waiting to be scored, and how long that takes if it is known."""

    waiting: int = 0
    running: int = 0
    about_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage(Page):
    """The queue strip alone, which the live board fetches by itself."""

    queue: QueueStrip


@dataclass(frozen=True, slots=True, kw_only=True)
class FormError:
    """Why a form was refused; `field` names the input to mark, or None for the whole form."""

    detail: str
    hint: str = ""
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortAddressPage(Page):
    """One field for a code, where an address names no competition; filled again after a refusal."""

    code: str = ""
    error: FormError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionView:
    """A submission's header. `step` and `queue_position` matter only while it is not final."""

    id: str
    name: str | None
    kind: str
    filename: str | None
    size_bytes: int | None
    participant_id: str
    participant_name: str
    state: SubmissionState
    created_at: datetime
    scored_at: datetime | None = None
    step: str | None = None
    queue_position: int | None = None
    moderation: Moderation | None = None
    moderation_reason: str | None = None

    @property
    def path(self) -> str:
        return f"/submissions/{self.id}"

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES or self.moderation == "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """What happened: a stable code, one sentence, what to do next, and warnings."""

    code: str
    detail: str
    hint: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreView:
    """The public score and where it stands.

    `rank` is the participant's rank and is None when another submission of theirs is the better
    one or this one is not ranked. `change` is against `previous_score`, their best before this.
    """

    score: float
    rank: int | None = None
    tie: Tie | None = None
    """What of the rank may be luck; None while that isn't known."""
    participants: int | None = None
    previous_score: float | None = None
    change: float | None = None
    is_new_best: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsView:
    """Metrics on the public split, or on practice examples where `of_practice` says so.

    What is finer than the accuracy and its counts is None for hidden images until the reveal;
    `log_loss` and `top_3_accuracy` need probabilities. `confusion_matrix[true][predicted]` counts
    examples; it and `per_class_recall` have one entry per class, in label order. `class_names`
    defaults to 0, 1, 2 … `figures` are of the contest's metrics by name, as people read them.
    """

    examples: int
    accuracy: float | None = None
    error_count: int | None = None
    figures: Mapping[str, float | None] = field(default_factory=dict)
    of_practice: bool = False
    macro_precision: float | None = None
    macro_recall: float | None = None
    macro_f1: float | None = None
    per_class_recall: tuple[float, ...] | None = None
    confusion_matrix: tuple[tuple[int, ...], ...] | None = None
    top_3_accuracy: float | None = None
    log_loss: float | None = None
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """How it was scored. `output` is what the model's output was taken for ("logits", "labels" …).

    `seconds` maps a step (queue, load, predict, grade) to its duration, None when it did not run.
    """

    device: str | None = None
    seconds: Mapping[str, float | None]
    keras_version: str | None = None
    tensorflow_version: str | None = None
    onnxruntime_version: str | None = None
    parameters: int | None = None
    output: str | None = None
    preprocessing: str | None = None
    """Which variant of the pixels the model was given."""
    preprocessing_reason: str | None = None
    """Why that one, where practice images chose another than the default."""
    upgrades: tuple[str, ...] = ()
    """Names of the rules that brought an older file up to date."""
    saved_with: str | None = None
    """The Keras version that the file says it was saved with."""
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionPage(Page):
    """One submission. Parts that do not exist (yet) are None and their sections are left out.

    `run_card` is the stored JSON as it came from the client: the page reads it defensively.
    """

    competition: CompetitionView
    submission: SubmissionView
    wait_note: str = ""
    """Why it waits for longer than its place in the queue says."""
    verdict: VerdictView | None = None
    score: ScoreView | None = None
    metrics: MetricsView | None = None
    details: MetricsView | None = None
    """Where the confusion matrix and the like come from: practice images until the reveal."""
    details_note: str = ""
    step: OwnStep | None = None
    """Against the best before; None: there is none, or nothing can be told."""
    """Why there are none, in one sentence."""
    practice: PracticeFigures = NOTHING_DRAWN
    """Its answers to practice examples, drawn."""
    is_reading: bool = False
    """Whether the model is about to read the practice images."""
    receipt: ReceiptView | None = None
    run_card: Mapping[str, Any] | None = None
    asked: Asked = DIGITS
    """What the contest asks, by which its curves are judged."""
    card_note: str = ""
    """Why the run card isn't shown, where it isn't."""
    view_query: str = ""
    """`?view=…` where the participant looks at a card that others don't see."""
    next_above: NextAbove | None = None
    practice_path: str | None = None

    @property
    def live_path(self) -> str:
        """What the page fetches again while it follows along."""
        return f"{self.submission.path}{self.view_query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage(Page):
    """Anything that went wrong, in the words of the problem document."""

    status: int
    title: str
    detail: str
    hint: str = ""
    request_id: str | None = None
