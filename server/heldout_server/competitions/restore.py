"""Putting a competition back as it was before an act."""

from __future__ import annotations

from collections.abc import Mapping

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import ActContext, changed_since
from heldout_server.competitions import hardest_wall, schedule
from heldout_server.competitions.changes import put
from heldout_server.models import AuditEntry, Competition

BOARD_FIELDS = frozenset({"freeze_at", "revealed_at", "rank_predictions"})


def restore(context: ActContext, entry: AuditEntry) -> None:
    """Put a competition's fields back as they were before the entry's act.

    Raises ProblemError `conflict` when somebody changed one of them again since.
    """
    session, competition, now = context.session, context.competition, context.now
    before, after = _typed(competition, entry.before), _typed(competition, entry.after)
    if any(getattr(competition, name) != value for name, value in after.items()):
        raise changed_since(entry)
    if "revealed_at" in before and before["revealed_at"] is None:
        before["hardest_at"] = None
    if before.get("hardest_at") is not None:
        hardest_wall.check_nobody_asks(session, competition, now)
    put(session, competition, before, now=now)
    if not schedule.shows_hardest(competition):
        hardest_wall.forget(session, competition)
    if BOARD_FIELDS & before.keys():
        events.append(session, EventKind.RERANKED, competition_id=context.competition_id, now=now)


def _typed(competition: Competition, facts: Mapping[str, object] | None) -> dict[str, object]:
    """Times come back from the log as text."""
    given = dict(facts or {})
    whole = Competition.model_validate({**competition.model_dump(), **given})
    return {name: getattr(whole, name) for name in given}
