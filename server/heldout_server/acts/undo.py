"""Undoing the last act: the audit log says how things were before, an inverse puts them back.

Whoever owns an act registers its inverse beside it; this module knows no act itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Actor, Target, Wanted
from heldout_server.kit.errors import ProblemError
from heldout_server.models import AuditEntry, Competition

UNDO = "undo"
ENTRY = "audit_entry"
LOOKED_AT = 200

Inverse = Callable[[Session, AuditEntry, datetime], None]
"""Puts back what the entry's act changed, from its `before`. Raises ProblemError `conflict`, by
`changed_since`, when somebody changed it again meanwhile."""

_inverses: dict[str, Inverse] = {}


@dataclass(frozen=True)
class Undone:
    """The act that was taken back, and the entry that says so."""

    act: AuditEntry
    entry: AuditEntry


def register(action: str, inverse: Inverse) -> None:
    """Make `action` undoable. Raises ValueError when it has another inverse already."""
    if _inverses.setdefault(action, inverse) is not inverse:
        raise ValueError(f"{action} has an inverse already")


def last(session: Session, competition: Competition) -> AuditEntry | None:
    """The newest act on the competition that can be undone and wasn't, if there is one.

    Undoing twice goes one act further back; an undo itself is no act.
    """
    wanted = Wanted(competition_id=competition.id)
    entries = audit_log.page(session, wanted, limit=LOOKED_AT)
    undone = {entry.target_id for entry in entries if entry.action == UNDO}
    return next((e for e in entries if e.action in _inverses and str(e.id) not in undone), None)


def undo_last(
    session: Session,
    actor: Actor,
    competition: Competition,
    *,
    expected: int | None = None,
    now: datetime,
) -> Undone:
    """Take back the newest undoable act; `expected` is the one that the caller has looked at.

    Raises ProblemError `conflict` when there is none, when it isn't the expected one, or when its
    target was changed since. Sent again with the same idempotency key, it changes nothing more.
    """
    repeated = audit_log.earlier(session, actor, UNDO)
    if repeated is not None:
        return Undone(session.get_one(AuditEntry, int(repeated.target_id)), repeated)
    act = last(session, competition)
    if act is None:
        raise ProblemError(
            "conflict",
            "There is nothing to undo.",
            "The audit log shows what was done; some acts have no inverse.",
        )
    if expected not in {None, act.id}:
        raise ProblemError(
            "conflict",
            f"{act.actor_name} has done something since ({act.action}); nothing was undone.",
            "Look at what the last act is now, then undo that one first.",
        )
    _inverses[act.action](session, act, now)
    target = Target(ENTRY, str(act.id), competition.id)
    entry = audit_log.record(session, actor, UNDO, target, act.after, act.before, now)
    return Undone(act, entry)


def changed_since(act: AuditEntry) -> ProblemError:
    """The refusal for an act whose target is no longer as the act left it."""
    return ProblemError(
        "conflict",
        f"“{act.action}” can't be undone: somebody changed its target again since.",
        "Look at the audit log, and set it by hand.",
    )
