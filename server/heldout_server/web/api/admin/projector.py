"""What open projectors show."""

from dataclasses import asdict

from heldout_server.competitions import projector
from heldout_server.web.api.admin.access import CallingOrganizer
from heldout_server.web.api.admin.scope import LookedAt
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.projector import ProjectorOut

router = Routes()


@router.get("/competitions/{slug}/projector")
def get_projector(organizer: CallingOrganizer, competition: LookedAt) -> ProjectorOut:
    """What every open projector shows, unless its own address says otherwise."""
    return ProjectorOut(**asdict(projector.screen(competition)))
