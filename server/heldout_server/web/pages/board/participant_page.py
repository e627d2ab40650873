"""A participant's own page: the way so far, the next rival, what is left today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.leaderboard import recent_scores, search, standings
from heldout_server.leaderboard.attempts import Attempt
from heldout_server.leaderboard.margins import ACCURACY
from heldout_server.leaderboard.progress import Progress
from heldout_server.leaderboard.progress_cache import ClassProgress
from heldout_server.leaderboard.search import Ranked
from heldout_server.leaderboard.standings import Standing
from heldout_server.models import Competition
from heldout_server.submissions.quota import Quota, quota
from heldout_server.tasks import scores
from heldout_server.web.charts.race_chart import Chart
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.formats import counted
from heldout_server.web.html.page_cache import answer
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.board.race_page import chart_of, span
from heldout_server.web.pages.board.rows import enriched, held_awards
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.pages import CompetitionView
from heldout_server.web.view_models.room import ParticipantPage, Rival, StepView

router = Routes(include_in_schema=False)


@router.get("/c/{slug}/p/{participant_id}")
def participant(
    slug: str,
    participant_id: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
) -> Response:
    """What everybody may hear of their tries: all bests, and the latest of the others."""
    competition = competitions.by_slug(session, slug)
    who = search.ranked(session, competition, participant_id)
    if who.id != participant_id:
        return RedirectResponse(f"/c/{slug}/p/{who.id}", status_code=307)
    shown = competition_view(session, competition, now=now)
    share = f"{services.base_url(request)}/c/{slug}/share.png"
    left = _left(session, competition, who, now)

    def build() -> bytes:
        ways = services.ways.of(session, competition)
        page = _page(session, competition, shown, who, left, ways=ways, share_image=share)
        return render("participant.html", page).encode()

    version = (recent_scores.board_version(session, competition.id or 0), shown, left, share)
    return answer(request, services.pages.get(("participant", slug, who.id), version, build))


def _page(
    session: Session,
    competition: Competition,
    shown: CompetitionView,
    who: Ranked,
    left: Quota | None,
    *,
    ways: ClassProgress,
    share_image: str,
) -> ParticipantPage:
    assert competition.id is not None
    near = search.around(session, competition.id, who.id).rows
    at = next((n for n, row in enumerate(near) if row.participant_id == who.id), None)
    way = ways.by_unit.get(who.id)
    tries = _tries(way)
    steps = tuple(one for one in tries if one.is_best)
    top = standings.page(session, competition.id, limit=1)
    held = held_awards(competition, shown, ways, top)
    rows = () if at is None else enriched(session, competition, near[at : at + 1], ways, held)
    return ParticipantPage(
        competition=shown,
        participant_id=who.id,
        participant_name=who.name,
        row=rows[0] if rows else None,
        total=top.total,
        rival=_rival(near, at, -1, shown),
        below=_rival(near, at, +1, shown),
        steps=steps,
        tries=tries,
        chart=_chart(way, competition.metric) if way is not None and len(steps) > 1 else None,
        awards=tuple(award for award in held if award.participant_id == who.id),
        left_today=left.left_today if left else None,
        per_day=left.per_day if left else None,
        share_image=share_image,
    )


def _left(session: Session, competition: Competition, who: Ranked, now: datetime) -> Quota | None:
    if who.alone is None or who.alone.id is None:
        return None
    return quota(session, competition, who.alone.id, now=now)


def _rival(
    near: Sequence[Standing], at: int | None, step: int, shown: CompetitionView
) -> Rival | None:
    if at is None or not 0 <= at + step < len(near):
        return None
    own, other = near[at], near[at + step]
    return Rival(
        participant_id=other.participant_id,
        participant_name=other.participant_name,
        score=other.score,
        distance=abs(other.score - own.score),
        **_apart(own, other, shown),
    )


def _apart(own: Standing, other: Standing, shown: CompetitionView) -> dict[str, str]:
    """How far apart: in whole examples where the score counts them, else by the figure alone."""
    if own.score == other.score:
        return {"apart": "A tie"}
    distance = scores.distance(own.score - other.score, shown.metric, own.score)
    if shown.metric != ACCURACY or own.error_count is None or other.error_count is None:
        return {"apart": distance}
    examples = abs(own.error_count - other.error_count)
    return {"apart": counted(examples, shown.dataset.noun), "between": distance}


def _chart(way: Progress, metric: str) -> Chart | None:
    begin, end = span([way])
    return chart_of([way], metric, begin=begin, end=end)


def _tries(way: Progress | None) -> tuple[StepView, ...]:
    """The bests and the latest tries, earliest first, each against the best before it."""
    if way is None:
        return ()
    bests = {step.row for step in way.steps}
    known = {one.row: one for one in (*way.steps, *way.latest)}
    found: list[StepView] = []
    best: float | None = None
    for one in sorted(known.values(), key=lambda one: (one.at, one.row)):
        is_best = one.row in bests
        found.append(_try_view(one, best, is_best=is_best))
        best = one.score if is_best else best
    return tuple(found)


def _try_view(one: Attempt, best: float | None, *, is_best: bool) -> StepView:
    return StepView(
        submission_id=one.submission_id,
        submission_name=one.submission_name,
        at=one.at,
        score=one.score,
        gain=None if best is None else one.score - best,
        is_best=is_best,
    )
