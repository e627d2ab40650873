"""What open projectors show."""

from dataclasses import asdict

from fastapi import APIRouter

from heldout_server.competitions import projector
from heldout_server.web.api.admin.access import Acting, CallingOrganizer
from heldout_server.web.api.admin.scope import Changed, LookedAt
from heldout_server.web.deps import Now, WriteSession
from heldout_server.web.schemas.projector import ProjectorIn, ProjectorOut

router = APIRouter(prefix="/competitions/{slug}/projector")


@router.get("")
def get_projector(organizer: CallingOrganizer, competition: LookedAt) -> ProjectorOut:
    """What every open projector shows, unless its own address says otherwise."""
    return ProjectorOut(**asdict(projector.screen(competition)))


@router.patch("")
def set_projector(
    body: ProjectorIn, actor: Acting, competition: Changed, session: WriteSession, now: Now
) -> ProjectorOut:
    """Change it on all of them at once; what is left out stays. Inverse: undo."""
    wanted = body.model_dump(exclude_unset=True)
    return ProjectorOut(**asdict(projector.put(session, actor, competition, wanted, now=now)))
