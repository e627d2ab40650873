"""Help for participants, in one page: getting in and back in, files, run cards, Colab, words."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from heldout_server.competitions import queries as competitions
from heldout_server.runs.remedies import MEANING, REMEDIES
from heldout_server.web import handbook_site
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.board.notebook_cell import snippet_for
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.help import CurveWord, HelpPage
from heldout_server.web.view_models.pages import CompetitionView

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)

WORDS = tuple(
    CurveWord(name=kind.value, meaning=MEANING[kind], remedies=REMEDIES[kind]) for kind in MEANING
)


@router.get("/help")
def help_page(request: Request, services: ServicesDep) -> Response:
    """For whoever has no competition in mind."""
    return _page(request, services)


@router.get("/c/{slug}/help")
def competitions_help_page(
    slug: str, request: Request, services: ServicesDep, session: ReadSession, now: Now
) -> Response:
    """The same, with this competition's rules and links."""
    found = competitions.by_slug(session, slug)
    return _page(request, services, competition_view(session, found, now=now))


def _page(
    request: Request, services: ServicesDep, competition: CompetitionView | None = None
) -> Response:
    snippet = snippet_for(services, services.base_url(request))
    page = HelpPage(
        competition=competition,
        snippet=snippet,
        words=WORDS,
        handbook_path=f"{handbook_site.PATH}/" if handbook_site.site.is_built else None,
    )
    return HTMLResponse(render("help.html", page))
