"""From kept figures to what the experiment map shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from heldout_server.leaderboard.disclosure import Source
from heldout_server.models import ClassInsight, Competition, RunSharing
from heldout_server.runs.axes import BY_NAME
from heldout_server.runs.lessons import Contrast
from heldout_server.tasks import catalogue, scores
from heldout_server.tasks.figure import Figure
from heldout_server.tasks.metric import Needs
from heldout_server.web.charts.score_strips import strips
from heldout_server.web.view_models.runs import EnsembleView, ImportanceView, LessonView

BAR = 100.0


def hidden_note(competition: Competition, *, is_shared: bool) -> str:
    """Why runs may be missing; empty where all are shown unless somebody chose otherwise."""
    if competition.run_sharing == RunSharing.OPT_IN:
        return "Only the runs of those who chose to share them are here."
    if competition.run_sharing == RunSharing.AFTER_CLOSE and not is_shared:
        return "Until the competition closes, only runs of those who share them early are here."
    return ""


def importance_view(found: ClassInsight | None) -> ImportanceView | None:
    """The bars; None while nothing has been worked out."""
    if found is None:
        return None
    data: Mapping[str, Any] = found.data
    shares = [(str(name), float(share)) for name, share in data["shares"]]
    most = max((share for _, share in shares), default=0.0)
    return ImportanceView(
        shares=tuple(
            (BY_NAME[name].label, share, round(BAR * share / most, 1) if most else 0.0)
            for name, share in shares
            if name in BY_NAME
        ),
        runs=int(data["runs"]),
        caution=str(data["caution"]),
    )


def ensemble_view(found: ClassInsight | None) -> EnsembleView | None:
    """The class's vote; None before there are two whose votes may be counted."""
    if found is None:
        return None
    data: Mapping[str, Any] = found.data
    # Of an older version, which counted right answers alone.
    metric = catalogue.metric(data.get("metric", "accuracy"))
    own = Figure(metric, data.get("figure", data["accuracy"]))
    best = Figure(metric, data.get("best_figure", data["best_single"]))
    gain = scores.with_unit(own.change_from(best), metric.name)
    return EnsembleView(
        metric_name=metric.label,
        figure=own.text,
        best_single=best.text,
        gain=gain if own.is_better_than(best) else "",
        is_mean=metric.needs is not Needs.LABELS,
        error_count=data["error_count"],
        examples=data["examples"],
        members=data["members"],
        of_practice=data["source"] == Source.PRACTICE,
        computed_at=found.computed_at,
    )


def lesson_view(found: Contrast, metric: str) -> LessonView:
    """The answer to one question in a sentence and a picture."""
    better, worse = found.better_scores, found.worse_scores
    strip = strips([(found.better, better), (found.worse, worse)], metric)
    best, rest = (scores.text(row.middle_score, metric) for row in strip.rows)
    return LessonView(
        sentence=f"Runs {found.better} did better: {best} in the middle of {len(better)} runs, "
        f"against {rest} of {len(worse)} {found.worse}.",
        strips=strip,
    )


def study_query(participant_id: str, study: str) -> str:
    """The query that narrows the map's data to one study."""
    return "?" + urlencode({"by": participant_id, "study": study})
