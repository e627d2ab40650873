"""The experiment map: every shared run of a competition, and one participant's study."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import orjson
from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.schedule import Phase, phase
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard.audience import ANYBODY, Viewer
from heldout_server.models import BoardRule, ClassInsight, Competition
from heldout_server.runs import insights
from heldout_server.runs.axes import BY_NAME, SCORE
from heldout_server.runs.columns import text
from heldout_server.runs.experiments import Filter, load_runs
from heldout_server.runs.lessons import lessons
from heldout_server.runs.map_data import grid_data, map_data
from heldout_server.runs.sharing import shared_by_rule
from heldout_server.tasks import scores
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.html.page_cache import answer
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.runs import map_views as views
from heldout_server.web.pages.runs.pareto_chart import front_view, study_view
from heldout_server.web.pages.runs.run_table import SEARCHED, Sorting, csv_text, run_table
from heldout_server.web.routes import Routes
from heldout_server.web.signed_in import PRIVATE, SignedIn, SignedInDep
from heldout_server.web.view_models.pages import CompetitionView
from heldout_server.web.view_models.runs import ExperimentsPage, StudyPage

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)

BEST_K = 200
Best = Annotated[int, Query(ge=1, le=2000)]
Column = Annotated[str, Query(max_length=40)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Study = Annotated[str | None, Query(max_length=200)]
Person = Annotated[str | None, Query(max_length=40)]
Order = Literal["asc", "desc"] | None
JSON = "application/json"
NO_CACHE = {"Cache-Control": "no-cache"}


@router.get("/c/{slug}/experiments")
def experiments(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    sort: Column = SCORE,
    order: Order = None,
    offset: Offset = 0,
) -> Response:
    """The page; its charts fetch their data themselves."""
    competition = competitions.by_slug(session, slug)
    assert competition.id is not None
    shown = competition_view(session, competition, now=now)
    sorting = _sorting(competition, sort, order, offset)
    wanted = _filter(competition, now)
    kept = tuple(sorted(insights.versions(session, competition.id).items()))
    page = services.pages.get(
        ("experiments page", slug, sorting),
        (_version(session, competition, wanted), kept, shown),
        lambda: _page(session, competition, shown, wanted, sorting).encode(),
    )
    return answer(request, page)


def _page(
    session: Session,
    competition: Competition,
    shown: CompetitionView,
    wanted: Filter,
    sorting: Sorting,
) -> str:
    rows = load_runs(session, competition, wanted)
    cut = insights.cut(session, competition, shared_by_default=wanted.shared_by_default)

    def kept(kind: str) -> ClassInsight | None:
        return insights.insight(session, competition.id or 0, kind, cut)

    simplest = kept(insights.SIMPLEST)
    learned = lessons(rows, competition.metric, of_images=shown.dataset.is_images)
    page = ExperimentsPage(
        competition=shown,
        total=len(rows),
        people=len({row.participant_id for row in rows}),
        hidden_note=views.hidden_note(competition, is_shared=wanted.shared_by_default),
        data_path=f"{shown.experiments_path}/data",
        grid_path=f"{shown.experiments_path}/grid",
        table=run_table(rows, sorting, shown.experiments_path, metric=competition.metric),
        lessons=tuple(views.lesson_view(one, competition.metric) for one in learned.contrasts),
        ideas=learned.ideas,
        importance=views.importance_view(kept(insights.IMPORTANCE)),
        ensemble=views.ensemble_view(kept(insights.ENSEMBLE)),
        fronts=tuple(
            chart
            for cost in ("parameters", "scoring_seconds")
            if (chart := front_view(rows, cost, simplest, competition.metric)) is not None
        ),
    )
    return render("experiments.html", page)


@router.get("/c/{slug}/experiments/data")
def experiment_data(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    who: SignedInDep,
    best: Best = BEST_K,
    by: Person = None,
    study: Study = None,
) -> Response:
    """Axes over all runs, and the best ones in full, as JSON columns."""
    competition = competitions.by_slug(session, slug)
    wanted = _study_filter(competition, now, by, study, who)

    def build() -> bytes:
        rows = load_runs(session, competition, wanted)
        return orjson.dumps(map_data(rows, best, competition.metric))

    if wanted.viewer != ANYBODY:
        return Response(build(), media_type=JSON, headers=PRIVATE)
    key, version = ("experiments", slug, best, by, study), _version(session, competition, wanted)
    return answer(request, services.pages.get(key, version, build), JSON)


@router.get("/c/{slug}/experiments/grid")
def experiment_grid(
    slug: str,
    request: Request,
    x: Column,
    y: Column,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
) -> Response:
    """How many of all runs lie where on the plane of two columns."""
    competition = competitions.by_slug(session, slug)
    across, up = _known(x), _known(y)
    wanted = _filter(competition, now)
    page = services.pages.get(
        ("grid", slug, across, up),
        _version(session, competition, wanted),
        lambda: orjson.dumps(
            grid_data(load_runs(session, competition, wanted), across, up, competition.metric)
        ),
    )
    return answer(request, page, JSON)


@router.get("/c/{slug}/experiments.csv")
def experiments_csv(slug: str, session: ReadSession, now: Now, who: SignedInDep,
                    study: Study = None, by: Person = None) -> Response:  # fmt: skip
    """Every shared run as a table for a spreadsheet or pandas."""
    competition = competitions.by_slug(session, slug)
    wanted = _study_filter(competition, now, by, study, who)
    rows = load_runs(session, competition, wanted)
    headers = {**_caching(wanted), "Content-Disposition": f'attachment; filename="{slug}-runs.csv"'}
    content = csv_text(rows, competition.metric)
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/c/{slug}/studies/{participant_id}/{study:path}")
def study_page(
    slug: str,
    participant_id: str,
    study: str,
    request: Request,
    session: ReadSession,
    now: Now,
    who: SignedInDep,
    sort: Column = SCORE,
    order: Order = None,
    offset: Offset = 0,
) -> Response:
    """A participant's search with Optuna: history, parallel coordinates, all trials."""
    competition = competitions.by_slug(session, slug)
    wanted = _study_filter(competition, now, participant_id, study, who)
    rows = load_runs(session, competition, wanted)
    if not rows:
        raise ProblemError(
            "not_found",
            "There is no study of this name whose runs are shown here.",
            "It appears once a trial's model is scored and its participant shares run cards. Where "
            "the board doesn't show everybody, you see your own once you are signed in.",
        )
    shown = competition_view(session, competition, now=now)
    query = views.study_query(participant_id, study)
    table = run_table(
        rows,
        _sorting(competition, sort, order, offset),
        request.url.path,
        csv_path=f"{shown.experiments_path}.csv{query}",
        shown=SEARCHED,
        with_trial=True,
        metric=competition.metric,
    )
    page = StudyPage(
        competition=shown,
        study=study[:200],
        participant_name=rows[0].participant,
        total=len(rows),
        best=run_table(rows[:1], Sorting(SCORE, True, 0), "", metric=competition.metric).rows[0],
        history=study_view(rows, competition.metric),
        data_path=f"{shown.experiments_path}/data{query}",
        table=table,
    )
    return HTMLResponse(render("study.html", page), headers=_caching(wanted))


def _filter(
    competition: Competition, now: Now, participant: str | None = None, study: str | None = None
) -> Filter:
    is_closed = phase(competition, now) is Phase.CLOSED
    by_default = shared_by_rule(competition.run_sharing, is_closed=is_closed)
    # As the column holds it: one printable line of bounded length.
    return Filter(by_default, participant, text(study) or None)


def _study_filter(
    competition: Competition,
    now: Now,
    participant: str | None,
    study: str | None,
    who: SignedIn | None,
) -> Filter:
    """One participant's study, which they themselves are shown on a gentle board, too; without a
    participant the map of the class, which is the same for everybody.
    """
    wanted = _filter(competition, now, participant, study)
    is_gentle = competition.board_rule != BoardRule.EVERYBODY
    if who is None or participant is None or not is_gentle:
        return wanted
    return replace(wanted, viewer=Viewer(who.participant))


def _caching(wanted: Filter) -> dict[str, str]:
    return NO_CACHE if wanted.viewer == ANYBODY else PRIVATE


def _version(session: Session, competition: Competition, wanted: Filter) -> object:
    """Changes with every run, act of moderation or choice to share."""
    assert competition.id is not None
    return (
        events.latest_id(session, competition.id),
        insights.runs_version(session, competition),
        insights.cut(session, competition, shared_by_default=wanted.shared_by_default),
        wanted,
    )


def _sorting(
    competition: Competition, column: str, order: Literal["asc", "desc"] | None, offset: int
) -> Sorting:
    """What the address asks for; without a direction scores stand best first."""
    best_first = column == SCORE and scores.is_loss(competition.metric)
    descending = not best_first if order is None else order == "desc"
    return Sorting(_known(column), descending, offset)


def _known(column: str) -> str:
    if column not in BY_NAME:
        raise ProblemError(
            "validation",
            "Runs have no such column.",
            f"Choose one of {', '.join(sorted(BY_NAME))}.",
        )
    return column
