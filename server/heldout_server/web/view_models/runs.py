"""What the pages about the class's runs show; see `context.py` for the rules.

| class           | template          |
|-----------------|-------------------|
| ComparePage     | compare.html      |
| ExperimentsPage | experiments.html  |
| StudyPage       | study.html        |
| PracticePage    | practice.html     |
| HardestPage     | hardest.html      |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from heldout_server.web.charts.curves_compared import Overlay
from heldout_server.web.charts.score_strips import Strips
from heldout_server.web.view_models.pages import CompetitionView, Page, SubmissionView
from heldout_server.web.view_models.practice import FarOff


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRun:
    """One of the compared submissions; `number` (from 1) is its colour, `path` where its page is:
    empty where the reader can't open it.
    """

    number: int
    submission: SubmissionView
    path: str
    score: float | None
    diagnosis: str
    is_shared: bool
    without: str
    """The address of this comparison without it; empty when only two are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """A hyperparameter with one text for each run; `marks` are True where it is not the usual."""

    name: str
    values: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """What `second` reads and `first` doesn't (`fixed`), and the reverse; None: not told."""

    first: int
    second: int
    verdict: str
    both_right: int | None = None
    fixed: int | None = None
    broke: int | None = None
    both_wrong: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePage(Page):
    """Two to eight submissions side by side."""

    competition: CompetitionView
    runs: tuple[ComparedRun, ...]
    settings: tuple[SettingRow, ...]
    overlays: tuple[Overlay, ...]
    pairs: tuple[PairRow, ...]
    pairs_note: str = ""
    pairs_of_practice: bool = False
    """Whether pairs are counted on practice images, as they are until the reveal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRun:
    """A row of the table of runs; `cells` follow the page's `columns`."""

    id: str
    name: str
    participant_name: str
    cells: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"/submissions/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """A sortable column: its heading, where a click leads, and how it is sorted now."""

    name: str
    label: str
    url: str
    is_number: bool
    sorted: str = "none"
    """`ascending`, `descending` or `none`, as `aria-sort` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTable:
    """One page of the runs, sorted."""

    columns: tuple[TableColumn, ...]
    rows: tuple[TableRun, ...]
    total: int
    first: int
    previous_url: str | None
    next_url: str | None
    csv_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceView:
    """Hyperparameters by importance: (label, share from 0 to 1, bar length 0 to 100)."""

    shares: tuple[tuple[str, float, float], ...]
    runs: int
    caution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleView:
    """Everyone's best together, against the best single model, as people read both.

    `gain` says how much better it is, empty where it is no better. `error_count` is None where an
    answer isn't right or wrong. `of_practice`: on practice examples, as it is until
    the reveal; else on the public hidden ones.
    """

    metric_name: str
    figure: str
    best_single: str
    gain: str
    is_mean: bool
    error_count: int | None
    examples: int
    members: int
    of_practice: bool
    computed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPoint:
    """A dot of the front's chart. `kind`: run, front, leader or simplest."""

    x: float
    y: float
    kind: str
    title: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontView:
    """Score against a cost, with the Pareto line as SVG path data."""

    cost: str
    points: tuple[FrontPoint, ...]
    line: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    sentence: str
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonView:
    """Something that runs had which did better: said in one sentence, and drawn."""

    sentence: str
    strips: Strips


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentsPage(Page):
    """The experiment map: data for the charts is fetched from `data_path` and `grid_path`."""

    competition: CompetitionView
    total: int
    people: int
    hidden_note: str
    data_path: str
    grid_path: str
    table: RunTable
    lessons: tuple[LessonView, ...] = ()
    ideas: tuple[str, ...] = ()
    importance: ImportanceView | None = None
    ensemble: EnsembleView | None = None
    fronts: tuple[FrontView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPage(Page):
    """One participant's search: its trials in order, with the best so far."""

    competition: CompetitionView
    study: str
    participant_name: str
    total: int
    best: TableRun | None
    history: FrontView | None
    data_path: str
    table: RunTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """A practice image as a data URI, or cells of a row; what it is, and what the model said."""

    image: str
    label: str
    said: str
    row: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticePage(Page):
    """Practice examples that a model misreads; their labels are everyone's, so nothing leaks."""

    competition: CompetitionView
    submission: SubmissionView
    examples: int = 0
    error_count: int = 0
    misread: tuple[Misread, ...] = ()
    far_off: tuple[FarOff, ...] | None = None
    """Where an example isn't of one class: those that it answers worst, under `headings`."""
    headings: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardDigit:
    """A hidden image as a data URI, or cells of a row; what it is, how many misread it, and as what
    most of them. Where an example isn't of one class, `off` and `said` are words.
    """

    image: str
    label: str
    wrong: int = 0
    said: str
    said_count: int = 0
    off: str = ""
    row: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HardestPage(Page):
    """The wall of hardest examples, open after the reveal; None: being worked out."""

    competition: CompetitionView
    models: int = 0
    digits: tuple[HardDigit, ...] | None = None
