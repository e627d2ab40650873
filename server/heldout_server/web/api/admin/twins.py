"""Twins: people whose models are suspiciously alike."""

from __future__ import annotations

from heldout_server.runs.twin_pairs import PROVES_NOTHING, found_twins
from heldout_server.web.api.admin.access import CallingOrganizer
from heldout_server.web.api.admin.scope import LookedAt
from heldout_server.web.deps import ReadSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.twins import TwinsOut

router = Routes()


@router.get("/competitions/{slug}/twins")
def get_twins(organizer: CallingOrganizer, competition: LookedAt, session: ReadSession) -> TwinsOut:
    """Pairs with equal weights, or with more wrong answers in common than the class explains."""
    found = found_twins(session, competition)
    if found is None:
        return TwinsOut(
            looked_at=None, people=0, are_answers_compared=False, pairs=[], caveat=PROVES_NOTHING
        )
    return TwinsOut.model_validate(found)
