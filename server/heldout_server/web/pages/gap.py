"""After the reveal, public and private scores side by side: `/c/<slug>/gap`."""

from __future__ import annotations

from functools import partial

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.leaderboard import audience, gap, recent_scores
from heldout_server.leaderboard.audience import ANYBODY, Viewer
from heldout_server.leaderboard.gap import ClassGap, Gap
from heldout_server.leaderboard.ties import Tie
from heldout_server.models import BoardRule, Competition
from heldout_server.web.charts.dumbbells import Dumbbell, dumbbells
from heldout_server.web.charts.gap_plot import gap_plot
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.html.page_cache import answer
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.board.gap_words import facts
from heldout_server.web.routes import Routes
from heldout_server.web.signed_in import PRIVATE, SignedInDep
from heldout_server.web.view_models.gap import GapPage, GapRow
from heldout_server.web.view_models.pages import CompetitionView

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/c/{slug}/gap")
def gap_page(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    who: SignedInDep,
) -> Response:
    """The page; on a gentle board a participant's own browser has their row as well.

    `not_found` before the reveal.
    """
    competition = competitions.by_slug(session, slug)
    gap.check_revealed(competition)
    shown = competition_view(session, competition, now=now)
    version = (recent_scores.board_version(session, competition.id or 0), shown)

    def page(viewer: Viewer) -> GapPage:
        of_class = partial(gap.of_class, session, competition)
        found = services.gaps.get(slug, version, of_class)
        return _page(session, competition, shown, found, viewer)

    if who is not None and competition.board_rule != BoardRule.EVERYBODY:
        mine = page(Viewer(who.participant))
        return HTMLResponse(render("gap.html", mine), headers=PRIVATE)

    def build() -> bytes:
        return render("gap.html", page(ANYBODY)).encode()

    return answer(request, services.pages.get(("gap", slug), version, build))


def _page(
    session: Session,
    competition: Competition,
    shown: CompetitionView,
    found: ClassGap,
    viewer: Viewer,
) -> GapPage:
    rows = gap.rows(session, competition, found, viewer)
    finals = [row.final for row in rows]
    axis = dumbbells([(one.public_score, one.private_score) for one in finals], shown.metric)
    return GapPage(
        competition=shown,
        rows=tuple(
            _row(row, found.ties.get(row.final.submission_id), drawn, _path(competition, row))
            for row, drawn in zip(rows, axis.rows, strict=True)
        ),
        total=len(found.finals),
        facts=facts(found.summary, rows, shown.metric, shown.dataset.noun),
        axis=axis,
        plot=gap_plot([(one.entries, one.gain) for one in finals], shown.metric),
    )


def _row(row: Gap, tie: Tie | None, drawn: Dumbbell, path: str) -> GapRow:
    final = row.final
    return GapRow(
        participant_id=row.participant_id,
        participant_name=row.participant_name,
        public_rank=final.public_rank,
        private_rank=final.private_rank,
        public_score=final.public_score,
        private_score=final.private_score,
        gain=final.gain,
        entries=final.entries,
        places=tie.places if tie is not None else "",
        drawn=drawn,
        path=path,
    )


def _path(competition: Competition, row: Gap) -> str:
    """Where their way is told, if it is told to everybody."""
    spans = audience.spans(competition.board_rule, competition.board_top, None)
    if spans is None or any(row.final.private_rank in span for span in spans):
        return f"/c/{competition.slug}/p/{row.participant_id}"
    return ""
