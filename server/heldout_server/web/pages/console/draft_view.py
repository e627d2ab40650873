"""The page of a file that was chosen: what is in it, what the check says, and the form to open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from heldout_server.competitions import first_contest
from heldout_server.contests import draft_check
from heldout_server.contests.draft_check import Looked
from heldout_server.contests.drafts import Draft
from heldout_server.contests.making import CannotMake, Wanted
from heldout_server.contests.preview import Form as FileForm
from heldout_server.contests.preview import Preview, preview
from heldout_server.contests.problems import Problem
from heldout_server.models import Competition
from heldout_server.tasks import catalogue, figure
from heldout_server.tasks.kinds import Kind
from heldout_server.web.charts.thumbnail import png_uri
from heldout_server.web.pages.console.draft_form import guessed, has_other_target, wanted_of
from heldout_server.web.pages.console.forms import Form, local
from heldout_server.web.pages.console.home import AN_EVENING
from heldout_server.web.pages.console.layout import ConsolePage
from heldout_server.web.pages.console.request import PageContext, TemplatePage, View
from heldout_server.web.pages.console.settings import ZONES

KIND_WORDS = {
    Kind.BINARY: "one of two classes",
    Kind.MULTICLASS: "one of several classes",
    Kind.MULTILABEL: "any of several labels",
    Kind.REGRESSION: "a number",
}
FORM_WORDS = {
    FileForm.TABLE: "table",
    FileForm.ARRAYS: "arrays",
    FileForm.FOLDER: "contest folder",
}
MOST_COLUMNS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage(ConsolePage):
    """`refusal`: why no folder can be made; `problems` and `warnings`: what the check says.

    `metrics` and `kinds` are (value, words) to choose from; `reached` are sentences.
    """

    draft: Draft
    size: int
    form: str
    preview: Preview
    columns_left: int
    wanted: Wanted
    looked: Looked | None
    refusal: str
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    reached: str
    most: int
    images: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]
    metrics: tuple[tuple[str, str], ...]
    title: str
    timezone: str
    zones: tuple[str, ...]
    closes_at: str
    closes: str
    minutes: int
    waiting: Competition | None

    @property
    def can_open(self) -> bool:
        """Whether nothing is in the way."""
        return self.looked is not None and self.looked.is_fine


def draft_view(draft: Draft, form: Form, now: datetime) -> View:
    """The page; looks at the file at once: what takes long must not hold a snapshot."""
    seen = preview(draft.path, form.all("target"))
    wanted = _wanted(seen, form)
    looked, refusal = None, ""
    if not seen.problems or seen.form is FileForm.FOLDER:
        try:
            looked = draft_check.look(draft, wanted, now=now)
        except CannotMake as error:
            refusal = str(error)
    return partial(_view, draft=draft, seen=seen, wanted=wanted, looked=looked, refusal=refusal)


def _wanted(seen: Preview, form: Form) -> Wanted:
    """What the form says, what it doesn't say guessed; a new target's kind is guessed anew."""
    if not form.all("target"):
        return guessed(seen)
    wanted = wanted_of(form)
    kind = seen.kind if has_other_target(form) or not wanted.kind else Kind(wanted.kind)
    names = [one.name for one in catalogue.for_kind(kind)] if kind else []
    metric = wanted.metric if wanted.metric in names else (names[0] if names else None)
    return replace(wanted, kind=kind, metric=metric)


def _view(
    look: PageContext, *, draft: Draft, seen: Preview, wanted: Wanted, looked: Looked | None,
    refusal: str,
) -> TemplatePage:  # fmt: skip
    problems = looked.problems if looked is not None else seen.problems
    zone = look.services.settings.timezone
    closes = looked.closes if looked is not None else None
    page = DraftPage(
        frame=look.section("new"),
        draft=draft,
        size=draft.path.stat().st_size,
        form=FORM_WORDS[seen.form],
        preview=replace(
            seen,
            columns=seen.columns[:MOST_COLUMNS],
            rows=tuple(row[:MOST_COLUMNS] for row in seen.rows),
        ),
        columns_left=max(0, len(seen.columns) - MOST_COLUMNS),
        wanted=wanted,
        looked=looked,
        refusal=refusal,
        problems=tuple(one for one in problems if one.severity == "problem"),
        warnings=tuple(one for one in problems if one.severity == "warning"),
        reached=_reached(looked),
        most=max((count for one in seen.answers for _, count in one.counts), default=1),
        images=() if seen.images is None else tuple(png_uri(one) for one in seen.images),
        kinds=tuple((str(kind), words) for kind, words in KIND_WORDS.items()),
        metrics=_metrics(wanted.kind),
        title=(looked.title if looked else "") or _title(draft),
        timezone=zone,
        zones=ZONES,
        closes_at=local(closes or look.now + AN_EVENING, zone),
        closes="at" if closes is not None and closes > look.now else "in",
        minutes=int(AN_EVENING.total_seconds()) // 60,
        waiting=first_contest.waiting(look.session),
    )
    return "organize/draft.html", page


def _metrics(kind: str | None) -> tuple[tuple[str, str], ...]:
    if kind is None:
        return ()
    metrics = catalogue.for_kind(Kind(kind))
    return tuple((one.name, f"{one.label} ({one.direction} is better)") for one in metrics)


def _reached(looked: Looked | None) -> str:
    """What trivial models come to, as a sentence."""
    if looked is None or looked.metric is None or looked.constant is None:
        return ""
    metric = catalogue.metric(looked.metric)
    constant, linear = (figure.read(metric, one) for one in (looked.constant, looked.linear))
    return f"{metric.label}: a constant reaches {constant}, a linear model {linear}."


def _title(draft: Draft) -> str:
    stem = draft.name.rpartition(".")[0] or draft.name
    return stem.replace("_", " ").replace("-", " ").strip().title()
