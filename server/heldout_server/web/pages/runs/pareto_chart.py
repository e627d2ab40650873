"""Charts of score against cost or trial: dots, a line, and one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from heldout_server.leaderboard.disclosure import Source
from heldout_server.models import ClassInsight
from heldout_server.runs.axes import BY_NAME
from heldout_server.runs.experiments import RunRow
from heldout_server.runs.pareto import Candidate, front
from heldout_server.tasks import catalogue, scores
from heldout_server.tasks.metric import Metric
from heldout_server.web.charts.score_axis import narrowest_span, tick_text
from heldout_server.web.charts.ticks import log_ticks, nice_ticks
from heldout_server.web.pages.runs.run_table import cell
from heldout_server.web.view_models.runs import FrontPoint, FrontView

WIDTH, HEIGHT = 560.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 30.0, 16.0, 46.0
MOST_DOTS = 300
MOST_TRIALS = 1000
OUTLIERS = 0.1
"""The worst tenth of the scores may lie below the chart, at its edge."""
UNITS = {"parameters": "parameters", "scoring_seconds": "seconds to score"}


def front_view(
    rows: Sequence[RunRow], cost: str, simplest: ClassInsight | None, metric: str
) -> FrontView | None:
    """Score against `cost` with the Pareto line; None with fewer than two runs that tell it. Up is
    better, whichever way the figures run.
    """
    costed = [row for row in rows if row.values[cost] is not None and row.values[cost] > 0]
    if len(costed) < 2:
        return None
    by_id = {row.submission_id: row for row in costed}
    line = front([Candidate(r.submission_id, r.values[cost], r.score) for r in costed])
    chosen = _chosen(simplest, cost)
    x_ticks = log_ticks(min(r.values[cost] for r in costed), max(r.values[cost] for r in costed))
    place = _Plane((math.log(x_ticks[0]), math.log(x_ticks[-1])), [r.score for r in costed], metric)

    def point(row: RunRow, kind: str) -> FrontPoint:
        x, y = place.at(math.log(row.values[cost]), row.score)
        amount = cell(BY_NAME[cost], row.values[cost])
        shown = scores.text(row.score, metric)
        title = f"{row.name} by {row.participant}: {shown}, {amount} {UNITS[cost]}"
        return FrontPoint(x=x, y=y, kind=kind, title=title, path=f"/submissions/{row.public_id}")

    on_line = {each.submission_id for each in line}
    dots = [point(row, "run") for row in _spread(costed) if row.submission_id not in on_line]
    steps = [point(by_id[each.submission_id], "front") for each in line]
    special = [point(rows[0], "leader")] if rows[0].submission_id in by_id else []
    if chosen is not None and chosen["submission"] in by_id:
        special.append(point(by_id[chosen["submission"]], "simplest"))
    return place.view(
        cost,
        [*dots, *steps, *special],
        _stairs(steps, place.right),
        [(place.x(math.log(tick)), _amount(tick)) for tick in x_ticks],
        _sentence(rows[0], chosen, by_id, cost, metric),
    )


def study_view(rows: Sequence[RunRow], metric: str) -> FrontView | None:
    """Scores of a study's trials in their order, with the best so far as the line."""
    trials = sorted((row for row in rows if row.trial is not None), key=lambda row: row.trial or 0)
    if len(trials) < 2:
        return None
    first, last = trials[0].trial or 0, trials[-1].trial or 0
    place = _Plane((first, max(last, first + 1)), [row.score for row in trials], metric)
    points, best, line = [], -math.inf, []
    stride = math.ceil(len(trials) / MOST_TRIALS)
    for number, row in enumerate(trials):
        if row.score <= best and number % stride:
            continue  # every new best is drawn, and enough of the others to see how it went
        x, y = place.at(float(row.trial or 0), row.score)
        kind = "front" if row.score > best else "run"
        if row.score > best:
            best = row.score
            line.append(FrontPoint(x=x, y=y, kind=kind, title="", path=""))
        title = f"Trial {row.trial}: {scores.text(row.score, metric)}"
        points.append(
            FrontPoint(x=x, y=y, kind=kind, title=title, path=f"/submissions/{row.public_id}")
        )
    ticks = [tick for tick in nice_ticks(first, max(last, first + 1)) if first <= tick <= last]
    whole = sorted({round(tick) for tick in ticks})
    sentence = f"{len(trials):,} trials were submitted; the best has {scores.text(best, metric)}."
    x_ticks = [(place.x(float(tick)), f"{tick:,}") for tick in whole]
    return place.view("trial", points, _stairs(line, place.right), x_ticks, sentence)


class _Plane:
    """Two linear scales between the chart's edges."""

    right = WIDTH - RIGHT

    def __init__(self, across: tuple[float, float], found: Sequence[float], metric: str) -> None:
        self.across = across
        self.metric = catalogue.metric(metric)
        self.ticks = nice_ticks(*_score_range(found, self.metric), target=5)
        perfect = max(self.metric.score(self.metric.lowest), self.metric.score(self.metric.highest))
        self.low, self.high = self.ticks[0], min(self.ticks[-1], perfect)

    def x(self, value: float) -> float:
        low, high = self.across
        share = (value - low) / (high - low) if high > low else 0.5
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, score: float) -> float:
        share = (max(score, self.low) - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def at(self, value: float, score: float) -> tuple[float, float]:
        return self.x(value), self.y(score)

    def view(
        self,
        cost: str,
        points: Sequence[FrontPoint],
        line: str,
        x_ticks: Sequence[tuple[float, str]],
        sentence: str,
    ) -> FrontView:
        step = self.ticks[1] - self.ticks[0]
        inside = [tick for tick in self.ticks if tick <= self.high + 1e-9]
        return FrontView(
            cost=cost,
            points=tuple(points),
            line=line,
            x_ticks=tuple(x_ticks),
            y_ticks=tuple((self.y(t), tick_text(t, step, self.metric)) for t in inside),
            sentence=sentence,
            width=WIDTH,
            height=HEIGHT,
            left=LEFT,
            right=self.right,
            top=TOP,
            bottom=HEIGHT - BOTTOM,
        )


def _score_range(found: Sequence[float], metric: Metric) -> tuple[float, float]:
    best_first = sorted(found, reverse=True)
    low = best_first[min(len(found) - 1, round(len(found) * (1 - OUTLIERS)))]
    return low, max(best_first[0], low + narrowest_span(found, metric) / 5)


def _stairs(points: Sequence[FrontPoint], right: float) -> str:
    """A line that stays level until the next better one, to the right edge."""
    if not points:
        return ""
    path = f"M{points[0].x:g} {points[0].y:g}"
    for point in points[1:]:
        path += f" H{point.x:g} V{point.y:g}"
    return f"{path} H{right:g}"


def _spread(rows: Sequence[RunRow]) -> list[RunRow]:
    """At most 300 of the rows (best first), evenly over the ranking."""
    stride = max(1, math.ceil(len(rows) / MOST_DOTS))
    return list(rows[::stride])


def _amount(tick: float) -> str:
    """10,000 and 0.1 as they are, 2,000,000 as "2M"."""
    return f"{tick / 1e6:,g}M" if tick >= 1e6 else f"{tick:,g}"


def _chosen(simplest: ClassInsight | None, cost: str) -> Mapping[str, Any] | None:
    found: Any = simplest.data.get(cost) if simplest is not None else None
    return found if isinstance(found, Mapping) else None


def _sentence(
    leader: RunRow,
    chosen: Mapping[str, Any] | None,
    by_id: Mapping[int, RunRow],
    cost: str,
    metric: str,
) -> str:
    found = by_id.get(chosen["submission"]) if chosen is not None else None
    if chosen is None or found is None:
        return "The line joins the runs that no cheaper one equals."
    if found.submission_id == leader.submission_id:
        return "No cheaper run is within the leader's margin: the leader's is the simplest so far."
    amount = cell(BY_NAME[cost], found.values[cost])
    return (
        f"Too close to call with the leader, with {amount} {UNITS[cost]}: {found.name} by "
        f"{found.participant} at {scores.text(found.score, metric)} (fixed {chosen['fixed']}, "
        f"broke {chosen['broke']} of the leader's answers{_where(chosen)}, p = {chosen['p']:.2g}). "
        "When several methods are roughly equal, pick the simplest."
    )


def _where(chosen: Mapping[str, Any]) -> str:
    return " to practice examples" if chosen["source"] == Source.PRACTICE else ""
