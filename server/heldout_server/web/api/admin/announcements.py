"""Announcements on the board."""

from heldout_server.competitions import announcements
from heldout_server.web.api.admin.access import CallingOrganizer
from heldout_server.web.api.admin.scope import BeforeRow, LookedAt, PageLength, row_id
from heldout_server.web.deps import ReadSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.announcements import (
    AdminAnnouncementOut,
    AdminAnnouncementsOut,
)

router = Routes()


@router.get("/competitions/{slug}/announcements")
def list_all_announcements(
    organizer: CallingOrganizer,
    competition: LookedAt,
    session: ReadSession,
    limit: PageLength = 50,
    before: BeforeRow = None,
) -> AdminAnnouncementsOut:
    """Every announcement, also what is over, newest first."""
    rows = announcements.history(session, row_id(competition), limit=limit + 1, before=before)
    shown = rows[:limit]
    return AdminAnnouncementsOut(
        announcements=[AdminAnnouncementOut.model_validate(row) for row in shown],
        next=shown[-1].id if len(rows) > limit else None,
    )
