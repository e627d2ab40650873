"""Competitions, their public data and their boards; readable without a token."""

from fastapi import Request, Response
from fastapi.responses import FileResponse

from heldout_server.competitions import announcements
from heldout_server.competitions import queries as competitions
from heldout_server.web import json_board
from heldout_server.web.deps import Now, ReadSession, ServicesDep, ViewerDep
from heldout_server.web.html.page_cache import answer
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import from_rows
from heldout_server.web.schemas.public import (
    AnnouncementOut,
    AnnouncementsOut,
    CompetitionOut,
    CompetitionsOut,
    LeaderboardOut,
    Limit,
    Offset,
)

router = Routes(prefix="/competitions", tags=["competitions"])

# Sixty people download these at once: compressing them each time would cost more than it saves.
AS_IT_IS = {"Content-Encoding": "identity"}


@router.get("")
def list_competitions(
    request: Request, services: ServicesDep, session: ReadSession, now: Now
) -> CompetitionsOut:
    """Every competition of this server."""
    base_url = services.base_url(request)
    found = competitions.listed(session)
    return CompetitionsOut(
        competitions=[from_rows.competition_out(session, c, base_url, now=now) for c in found]
    )


@router.get("/{slug}")
def get_competition(
    slug: str, request: Request, services: ServicesDep, session: ReadSession, now: Now
) -> CompetitionOut:
    """A competition and its rules."""
    competition = competitions.by_slug(session, slug)
    return from_rows.competition_out(session, competition, services.base_url(request), now=now)


@router.get("/{slug}/leaderboard", response_model=LeaderboardOut)
async def get_leaderboard(
    slug: str,
    request: Request,
    services: ServicesDep,
    viewer: ViewerDep,
    limit: Limit = json_board.USUAL_ROWS,
    offset: Offset = 0,
) -> Response:
    """The board: each one's best on the public split, as of the freeze if there is one; after the
    reveal final selections on the private split. Ties to who got there first.

    Where the competition doesn't show everybody (`board_rule`), the token says whose own rows and
    name are in it as well; without one, the answer is what anybody may see.
    """
    part = json_board.Part(slug, limit, offset, services.base_url(request))
    page = await json_board.shown(services, part, viewer)
    return answer(request, page, json_board.JSON, Vary="Accept-Encoding, Authorization")


@router.get("/{slug}/announcements")
def get_announcements(slug: str, session: ReadSession, now: Now) -> AnnouncementsOut:
    """What the organizers tell the room now."""
    competition = competitions.by_slug(session, slug)
    found = announcements.shown(session, competition.id or 0, now=now)
    return AnnouncementsOut(announcements=[AnnouncementOut.model_validate(a) for a in found])


@router.get("/{slug}/test-images", response_class=FileResponse)
def get_test_images(slug: str, services: ServicesDep, session: ReadSession) -> FileResponse:
    """The images to predict: a `.npy` file, uint8 (n, 28, 28). Their labels stay here."""
    competition = competitions.by_slug(session, slug)
    path = services.datasets.test_inputs_path(competition.dataset_hash)
    return FileResponse(
        path, media_type="application/octet-stream", filename="test_images.npy", headers=AS_IT_IS
    )


@router.get("/{slug}/training-data", response_class=FileResponse)
def get_training_data(slug: str, services: ServicesDep, session: ReadSession) -> FileResponse:
    """Images with public labels: `.npz` with x_train, y_train, x_practice, y_practice (uint8)."""
    competition = competitions.by_slug(session, slug)
    path = services.datasets.training_data_path(competition.dataset_hash)
    return FileResponse(
        path, media_type="application/octet-stream", filename="training_data.npz", headers=AS_IT_IS
    )
