"""The reveal ceremony: driven by an organizer's browser, replayed by everybody afterwards.

The page is public and holds no score. What it plays comes from the organizers' address until the
scores are revealed, and from a public one afterwards.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import uuid4

from fastapi import Response
from fastapi.responses import HTMLResponse, JSONResponse
from sqlmodel import Session

from heldout_server.competitions import freeze_and_reveal, schedule
from heldout_server.competitions import queries as competitions
from heldout_server.leaderboard import reveal_order
from heldout_server.models import Competition, Role
from heldout_server.people import organizer_sessions
from heldout_server.tasks import scores
from heldout_server.web.deps import Now, ReadSession
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.console.layout import HOME
from heldout_server.web.pages.console.request import PRIVATE, SecretCookie, SignedIn
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.room import FinalistView, RevealPage

router = Routes(include_in_schema=False)

UNKNOWN_SHARE, UNKNOWN = "••.••%", "••••"


@router.get("/c/{slug}/reveal")
def reveal_page(slug: str, session: ReadSession, now: Now) -> Response:
    """The stage; with the final standings as a plain table once they are public."""
    competition = competitions.by_slug(session, slug)
    shown = competition_view(session, competition, now=now)
    found = reveal_order.final_order(session, competition).finalists if shown.revealed else ()
    rows = tuple(FinalistView(**asdict(one)) for one in found)
    page = RevealPage(competition=shown, rows=tuple(sorted(rows, key=lambda r: r.private_rank)))
    return HTMLResponse(render("reveal.html", page), headers={"Cache-Control": "no-cache"})


@router.get("/c/{slug}/reveal.json")
def public_ceremony(slug: str, session: ReadSession) -> Response:
    """What the stage plays, for everybody, once it is revealed."""
    competition = competitions.by_slug(session, slug)
    reveal_order.check_revealed(competition)
    return JSONResponse(
        {**_played(session, competition), **_reading(competition)},
        headers={"Cache-Control": "no-cache"},
    )


@router.get("/organize/ceremony/{slug}")
def private_ceremony(
    slug: str, session: ReadSession, now: Now, organizer: SignedIn, secret: SecretCookie = None
) -> Response:
    """What the stage plays, for a signed-in organizer, before anybody else sees it.

    Nothing for others: the page asks without knowing who looks at it, and that is no error.
    """
    if organizer is None:
        return Response(status_code=204, headers=PRIVATE)
    competition = competitions.by_slug(session, slug)
    document = {
        **_played(session, competition),
        **_reading(competition),
        "reveal_at": f"{HOME}/c/{competition.slug}/board/reveal",
        "csrf": organizer_sessions.form_token(secret or ""),
        "key": uuid4().hex,
        "may_publish": organizer.role == Role.OWNER and competition.revealed_at is None,
        "is_open": schedule.phase(competition, now) is schedule.Phase.OPEN,
        "under_way": freeze_and_reveal.under_way(session, competition),
    }
    return JSONResponse(document, headers=PRIVATE)


def _played(session: Session, competition: Competition) -> dict[str, Any]:
    """The rows, and how many share the first place: also such as the board doesn't show."""
    found, metric = reveal_order.final_order(session, competition), competition.metric
    rows = [
        {
            **asdict(one),
            "public_score": scores.figure(one.public_score, metric),
            "private_score": scores.figure(one.private_score, metric),
            "public_text": scores.text(one.public_score, metric),
            "private_text": scores.text(one.private_score, metric),
        }
        for one in found.finalists
    ]
    return {"rows": rows, "sharing": found.sharing}


def _reading(competition: Competition) -> dict[str, str]:
    """How the figures are to be read, and what stands for one that nobody knows yet."""
    return {
        "metric": competition.metric,
        "direction": scores.direction(competition.metric),
        "unknown": UNKNOWN_SHARE if scores.in_percent(competition.metric) else UNKNOWN,
    }
