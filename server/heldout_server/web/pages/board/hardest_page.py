"""The wall of hardest examples: `/c/<slug>/hardest`, while organizers have it open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.competitions import schedule
from heldout_server.datasets.store import DatasetStore
from heldout_server.kit.errors import ProblemError
from heldout_server.kit.formats import amount
from heldout_server.models import ClassInsight, Competition
from heldout_server.runs import insights
from heldout_server.runs.sharing import shared_by_rule
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.web.charts.examples import cells, picture
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.html.page_cache import answer
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.runs import HardDigit, HardestPage

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/c/{slug}/hardest")
def hardest(
    slug: str, request: Request, services: ServicesDep, session: ReadSession, now: Now
) -> Response:
    """The images, hardest first; `not_found` unless the wall is open, whatever is stored."""
    competition = competitions.by_slug(session, slug)
    if not schedule.shows_hardest(competition):
        raise ProblemError(
            "not_found",
            "There is no wall of hardest examples here.",
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
    inputs = datasets.test_inputs(competition.dataset_hash)
    info = datasets.info(competition.dataset_hash)
    words: Callable[..., dict[str, Any]] = WORDS.get(info.task.kind, _class)
    return tuple(
        HardDigit(
            image=picture(info, inputs[one[0]]),
            row=cells(info, inputs[one[0]]),
            **words(info.task, data["models"], *one[1:]),
        )
        for one in data["images"]
    )


def _class(
    task: Task, models: int, label: int, wrong: int, said: int, said_count: int
) -> dict[str, Any]:
    names = task.classes
    return {
        "label": names[label], "wrong": wrong, "said": names[said], "said_count": said_count,
    }  # fmt: skip


def _numbers(
    task: Task, models: int, answer: list[float], said: list[float], off: list[float]
) -> dict[str, Any]:
    """In the middle of all models: as many are further off as are nearer."""
    return {"label": _row(answer), "off": f"{_row(off)} off", "said": f"they say {_row(said)}"}


def _row(numbers: list[float]) -> str:
    return " · ".join(amount(number) for number in numbers)


def _labels(
    task: Task, models: int, labels: list[int], missed: int, worst: int, worst_count: int
) -> dict[str, Any]:
    names = task.targets
    verb = "don't see" if worst in labels else "wrongly see"
    return {
        "label": ", ".join(names[label] for label in labels) or "none",
        "off": f"{amount(missed / max(1, models))} labels wrong",
        "said": f"{worst_count} of {models} {verb} {names[worst]}",
    }


WORDS: dict[Kind, Callable[..., dict[str, Any]]] = {
    Kind.REGRESSION: _numbers,
    Kind.MULTILABEL: _labels,
}
