"""Undo: the last act on a competition, taken back."""

from heldout_server.acts import undo
from heldout_server.acts.registry import ActContext
from heldout_server.models import AuditEntry, Competition
from heldout_server.web.api.admin.access import Acting, CallingOrganizer
from heldout_server.web.api.admin.audit import entry_out
from heldout_server.web.api.admin.competitions import ToChange
from heldout_server.web.api.admin.scope import LookedAt
from heldout_server.web.deps import Now, ReadSession, WriteSession
from heldout_server.web.organizer_acts import ACTS
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.audit import AuditEntryOut, UndoableOut

router = Routes(prefix="/competitions/{slug}/undo")


@router.get("")
def get_undoable(
    organizer: CallingOrganizer, competition: LookedAt, session: ReadSession
) -> UndoableOut:
    """The act that undoing would take back now, if there is one."""
    act = undo.last(session, competition, ACTS)
    return UndoableOut(act=None if act is None else _shown(act, competition))


@router.post("")
def undo_last_act(
    actor: Acting, competition: ToChange, session: WriteSession, now: Now
) -> AuditEntryOut:
    """Take back the newest act that has an inverse; the answer is the act that was undone.

    Again: the one before it. 409 when its target was changed since.
    """
    undone = undo.undo_last(ActContext(session, actor, now, competition), ACTS)
    return _shown(undone.act, competition)


def _shown(act: AuditEntry, competition: Competition) -> AuditEntryOut:
    return entry_out(act, {competition.id: competition.slug})
