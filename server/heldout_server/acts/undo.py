"""Undoing the last act: the audit log says how things were before, an inverse puts them back.

Each act is declared with its inverse; this module knows no act itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile

from sqlmodel import Session

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Target, Wanted
from heldout_server.acts.registry import ActContext, Registry
from heldout_server.kit.errors import ProblemError
from heldout_server.models import AuditEntry, Competition

UNDO = "undo"
ENTRY = "audit_entry"
LOOKED_AT = 200


@dataclass(frozen=True)
class Undone:
    """The act that was taken back, and the entry that says so."""

    act: AuditEntry
    entry: AuditEntry


def last(session: Session, competition: Competition, acts: Registry) -> AuditEntry | None:
    """The newest act on the competition that can be undone and wasn't, if there is one.

    Undoing twice goes one act further back; an undo itself is no act.
    """
    wanted = Wanted(competition_id=competition.id)
    found = audit_log.page(session, wanted, limit=LOOKED_AT)
    entries = list(takewhile(lambda entry: not acts.bars_undo(entry.action), found))
    undone = {entry.target_id for entry in entries if entry.action == UNDO}
    return next((e for e in entries if acts.inverse(e.action) and str(e.id) not in undone), None)


def undo_last(context: ActContext, acts: Registry, *, expected: int | None = None) -> Undone:
    """Take back the newest undoable act; `expected` is the one that the caller has looked at.

    Raises ProblemError `conflict` when there is none, when it isn't the expected one, or when its
    target was changed since. Sent again with the same idempotency key, it changes nothing more.
    """
    repeated = audit_log.earlier(context.session, context.actor, UNDO)
    if repeated is not None:
        return Undone(context.session.get_one(AuditEntry, int(repeated.target_id)), repeated)
    entry = last(context.session, context.competition, acts)
    if entry is None:
        raise ProblemError(
            "conflict",
            "There is nothing to undo.",
            "The audit log shows what was done; some acts have no inverse.",
        )
    if expected not in {None, entry.id}:
        raise ProblemError(
            "conflict",
            f"{entry.actor_name} has done something since ({entry.action}); nothing was undone.",
            "Look at what the last act is now, then undo that one first.",
        )
    inverse = acts.inverse(entry.action)
    assert inverse is not None
    inverse(context, entry)
    target = Target(ENTRY, str(entry.id), context.competition.id)
    undoing = replace(context, action=UNDO, target=target)
    return Undone(entry, undoing.record(entry.after, entry.before))
