"""The race: score over time, its replay, and both as files to keep."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.leaderboard import recent_scores, standings
from heldout_server.leaderboard.attempts import Attempt
from heldout_server.leaderboard.order import ORDER
from heldout_server.leaderboard.progress import Progress
from heldout_server.leaderboard.progress_cache import ClassProgress
from heldout_server.models import Competition
from heldout_server.tasks import scores
from heldout_server.web.charts.race_chart import BOX, COLOURS, Chart, Series, race_chart
from heldout_server.web.charts.score_axis import ScoreAxis, score_axis
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.html.page_cache import answer
from heldout_server.web.html.render import STATIC, render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.board.rows import enriched, held_awards
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.pages import CompetitionView
from heldout_server.web.view_models.room import RacePage

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)

MOST_LINES = 60
MOST_RACERS = 100
BEFORE_THE_FIRST = timedelta(minutes=1)
FONT = "vendor/inter-5.3.0/inter-latin-wght-normal.woff2"
STYLES = ("tokens.css", "app.css", "board.css", "story.css")


@router.get("/c/{slug}/race")
def race(
    slug: str, request: Request, services: ServicesDep, session: ReadSession, now: Now
) -> Response:
    """The page with the chart and the scrubber."""
    competition = competitions.by_slug(session, slug)
    shown = competition_view(session, competition, now=now)
    share = f"{services.base_url(request)}/c/{slug}/race.png"

    def build() -> bytes:
        ways = services.ways.of(session, competition)
        page = _page(session, competition, shown, ways, share_image=share)
        return render("race.html", page).encode()

    version = (recent_scores.board_version(session, competition.id or 0), shown, share)
    return answer(request, services.pages.get(("race", slug), version, build))


@router.get("/c/{slug}/race.json")
def race_data(slug: str, request: Request, services: ServicesDep, session: ReadSession) -> Response:
    """What the replay plays."""
    competition = competitions.by_slug(session, slug)
    version = recent_scores.board_version(session, competition.id or 0)
    page = services.pages.get(
        ("race.json", slug),
        version,
        lambda: replay(services.ways.of(session, competition).ranked, competition.metric).encode(),
    )
    return answer(request, page, "application/json")


@router.get("/c/{slug}/souvenir.html")
def souvenir(slug: str, services: ServicesDep, session: ReadSession, now: Now) -> Response:
    """The race as one file that needs nothing else, to keep when the server is gone."""
    competition = competitions.by_slug(session, slug)
    shown = competition_view(session, competition, now=now)
    ways = services.ways.of(session, competition)
    page = _page(
        session,
        competition,
        shown,
        ways,
        made_at=now,
        style=_inlined_style(),
        script=(STATIC / "race.js").read_text(),
        data=replay(ways.ranked, competition.metric),
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{slug}-race.html"',
        "Cache-Control": "no-store",
        # Should a browser show it here all the same, the file's own script may not act for us.
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return HTMLResponse(render("souvenir.html", page), headers=headers)


def chart_of(
    people: Sequence[Progress],
    metric: str,
    *,
    begin: datetime,
    end: datetime,
    box: tuple[float, float] = BOX,
) -> Chart | None:
    """The chart of everyone's ways, best first; `box` is its width and height."""
    series = [
        Series(
            way.best.participant_id,
            way.best.participant_name,
            tuple((step.at, step.score) for step in way.steps),
        )
        for way in people[:MOST_LINES]
    ]
    return race_chart(series, begin=begin, end=end, width=box[0], tall=box[1], metric=metric)


def span(people: Sequence[Progress]) -> tuple[datetime, datetime]:
    """From just before the first try to the last one."""
    if not people:
        return datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    first = min(way.first.at for way in people)
    return first - BEFORE_THE_FIRST, max(way.latest[-1].at for way in people)


def replay(people: Sequence[Progress], metric: str) -> str:
    """The steps of the first hundred as JSON: times in milliseconds, colours as in the chart.

    Each step is [when, the figure, its text, how high it lies]; `direction` says which is better.
    """
    begin, end = span(people)
    racers = people[:MOST_RACERS]
    axis = score_axis([step.score for way in racers for step in way.steps], metric)
    document = {
        "begin": _milliseconds(begin),
        "end": _milliseconds(end),
        "metric": metric,
        "direction": scores.direction(metric),
        "participants": [_racer(rank, way, metric, axis) for rank, way in enumerate(racers)],
    }
    # The souvenir holds it inside a <script>: no name may close that.
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def lead_changes(people: Sequence[Progress]) -> int:
    """How often the first place changed hands."""
    steps = (step for way in people for step in way.steps)
    first: Attempt | None = None
    changes = 0
    for step in sorted(steps, key=lambda step: (step.at, step.row)):
        if first is None or ORDER.is_better(step.score, than=first.score):
            changes += first is not None and step.participant_id != first.participant_id
            first = step
    return changes


def _page(
    session: Session,
    competition: Competition,
    shown: CompetitionView,
    ways: ClassProgress,
    *,
    share_image: str | None = None,
    **inlined: Any,
) -> RacePage:
    assert competition.id is not None
    people = ways.ranked
    begin, end = span(people)
    top = standings.page(session, competition.id, limit=MOST_RACERS)
    return RacePage(
        competition=shown,
        chart=chart_of(people, competition.metric, begin=begin, end=end),
        rows=enriched(session, competition, top.rows, ways),
        awards=held_awards(competition, shown, ways, top),
        lead_changes=lead_changes(people),
        share_image=share_image,
        **inlined,
    )


def _racer(rank: int, way: Progress, metric: str, axis: ScoreAxis) -> dict[str, Any]:
    return {
        "id": way.best.participant_id,
        "name": way.best.participant_name,
        "colour": rank + 1 if rank < COLOURS else 0,
        "steps": [_step(step, metric, axis) for step in way.steps],
    }


def _step(step: Attempt, metric: str, axis: ScoreAxis) -> list[int | float | str]:
    shown = scores.figure(step.score, metric)
    figure = round(shown, 6) if scores.in_range(metric) else shown
    place = round(axis.height(step.score), 3)
    return [_milliseconds(step.at), figure, scores.text(step.score, metric), place]


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _inlined_style() -> str:
    font = base64.b64encode((STATIC / FONT).read_bytes()).decode()
    text = "".join((STATIC / name).read_text() for name in STYLES)
    return text.replace(f'"{FONT}"', f'"data:font/woff2;base64,{font}"')
