"""The contest that the first start opens by itself: nobody's, until somebody sets one up.

Whoever sets up the first evening means this one: left beside it, it would stay open and listed
first, and keep the wall of hardest examples shut.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, exists, select
from sqlmodel import Session, col

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Target
from heldout_server.acts.registry import ActContext, NoFields
from heldout_server.competitions import validation
from heldout_server.competitions.changes import change
from heldout_server.competitions.settings_acts import (
    EDITABLE,
    archive_competition,
    create_competition,
    edit_competition,
)
from heldout_server.kit.errors import printable
from heldout_server.models import AuditEntry, Competition, Participant, RosterEntry, Submission

SETS_UP = (create_competition.action, edit_competition.action)
PEOPLE_OR_FILES = (Participant, RosterEntry, Submission)


def waiting(session: Session) -> Competition | None:
    """The contest of the first start, while no organizer has set it and nobody has come."""
    query = select(Competition).where(
        col(Competition.archived_at).is_(None), _is_empty(), ~_is_somebodys()
    )
    found: Competition | None = session.execute(query.limit(1)).scalar_one_or_none()
    return found


def is_empty(session: Session, competition: Competition) -> bool:
    """Whether nobody has joined it, is expected in it, or has sent anything."""
    query = select(col(Competition.id)).where(col(Competition.id) == competition.id, _is_empty())
    return session.execute(query).first() is not None


def set_up(context: ActContext, given: dict[str, object]) -> Competition:
    """Make a competition by taking over the one that waits: it keeps its address and its code.

    On another dataset it can't be taken over: it is put away, and a new one made. Raises
    ProblemError like `create_competition`.
    """
    session, actor = context.session, context.actor
    is_done = audit_log.earlier(session, actor, create_competition.action) is not None
    empty = None if is_done else waiting(session)
    if empty is None:
        return create_competition.perform(context, None, given)
    if empty.dataset_hash != given["dataset_hash"]:
        _put_away(context, empty)
        return create_competition.perform(context, None, given)
    wanted = {name: value for name, value in given.items() if name in EDITABLE}
    wanted["title"] = printable(str(given["title"]), validation.LONGEST_TITLE + 1)
    making = replace(context, action=create_competition.action, found=empty)
    change(replace(making, target=Target.competition(empty)), wanted)
    return empty


def make_instead(context: ActContext, given: dict[str, object]) -> Competition:
    """Make a competition of its own and put the one that waits away, whatever it is on.

    Raises ProblemError like `create_competition`.
    """
    is_done = audit_log.earlier(context.session, context.actor, create_competition.action)
    empty = None if is_done else waiting(context.session)
    if empty is not None:
        _put_away(context, empty)
    return create_competition.perform(context, None, given)


def _put_away(context: ActContext, empty: Competition) -> None:
    aside = replace(context, actor=context.actor.without_key(), found=empty)
    archive_competition.perform(aside, empty, NoFields())


def _is_empty() -> ColumnElement[bool]:
    used = [
        exists().where(col(table.competition_id) == col(Competition.id))
        for table in PEOPLE_OR_FILES
    ]  # fmt: skip
    return ~used[0] & ~used[1] & ~used[2]


def _is_somebodys() -> ColumnElement[bool]:
    return exists().where(
        col(AuditEntry.competition_id) == col(Competition.id),
        col(AuditEntry.action).in_(SETS_UP),
    )
