"""The wall of hardest digits: `/c/<slug>/hardest`, while organizers have it open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.competitions import schedule
from heldout_server.datasets.store import DatasetStore
from heldout_server.kit.errors import ProblemError
from heldout_server.models import ClassInsight, Competition
from heldout_server.runs import insights
from heldout_server.runs.sharing import shared_by_rule
from heldout_server.web.charts.grey_image import png_uri
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.html.page_cache import answer
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.view_models.runs import HardDigit, HardestPage

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/c/{slug}/hardest")
def hardest(
    slug: str, request: Request, services: ServicesDep, session: ReadSession, now: Now
) -> Response:
    """The images, hardest first; `not_found` unless the wall is open, whatever is stored."""
    competition = competitions.by_slug(session, slug)
    if not schedule.shows_hardest(competition):
        raise ProblemError(
            "not_found",
            "There is no wall of hardest digits here.",
            "Organizers may open it after the reveal.",
        )
    found = _kept(session, competition)
    shown = competition_view(session, competition, now=now)

    def build() -> bytes:
        page = HardestPage(competition=shown)
        if found is not None:
            page = HardestPage(
                competition=shown,
                models=found.data["models"],  # type: ignore[arg-type]
                digits=_digits(services.datasets, competition, found.data),
            )
        return render("hardest.html", page).encode()

    version = (shown, found.version if found else None)
    return answer(request, services.pages.get(("hardest", slug), version, build))


def _kept(session: Session, competition: Competition) -> ClassInsight | None:
    """What was worked out, unless something was taken off the board since."""
    assert competition.id is not None
    # Revealed is closed, by `schedule.phase`.
    by_default = shared_by_rule(competition.run_sharing, is_closed=True)
    cut = insights.cut(session, competition, shared_by_default=by_default)
    return insights.insight(session, competition.id, insights.HARDEST, cut)


def _digits(
    datasets: DatasetStore, competition: Competition, data: Mapping[str, Any]
) -> tuple[HardDigit, ...]:
    images = datasets.test_images(competition.dataset_hash)
    names = datasets.info(competition.dataset_hash).class_names
    return tuple(
        HardDigit(
            image=png_uri(images[index]),
            label=names[label],
            wrong=wrong,
            said=names[said],
            said_count=said_count,
        )
        for index, label, wrong, said, said_count in data["images"]
    )
