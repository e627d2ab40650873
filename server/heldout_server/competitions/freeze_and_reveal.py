"""What moves a whole board: settings, freezing, revealing, and putting any of it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server.acts import events, undo
from heldout_server.acts.audit_log import Actor
from heldout_server.acts.events import EventKind
from heldout_server.competitions import hardest_wall, queries, schedule, settings_acts
from heldout_server.competitions.schedule import Phase
from heldout_server.kit.errors import ProblemError
from heldout_server.models import AuditEntry, Competition, State, Submission

UNDOABLE = (
    "edit",
    "pause",
    "resume",
    "extend",
    "freeze",
    "unfreeze",
    "archive",
    "unarchive",
    "reveal",
    "conceal",
    "open_hardest",
    "close_hardest",
)
BOARD_FIELDS = frozenset({"freeze_at", "revealed_at", "rank_predictions"})
UNDER_WAY = (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class Revealed:
    """`under_way`: submissions that still have no score; the board follows when they do."""

    competition: Competition
    under_way: int


def edit(
    session: Session,
    actor: Actor,
    competition: Competition,
    changes: settings_acts.Changes,
    *,
    now: datetime,
) -> None:
    """Change settings, and let the board follow. Raises ProblemError like `settings_acts.edit`."""
    before = competition.rank_predictions
    settings_acts.edit(session, actor, competition, changes, now=now)
    if competition.rank_predictions != before:
        _tell(session, competition, EventKind.RERANKED, now=now)


def freeze(
    session: Session,
    actor: Actor,
    competition: Competition,
    *,
    at: datetime | None = None,
    now: datetime,
) -> None:
    """Let nothing that arrives from `at` (None: now) on move the board. Inverse: `unfreeze`.

    Frozen already, freezing by hand changes nothing. Raises ProblemError `conflict` when the
    private scores are revealed.
    """
    if at is None and schedule.is_frozen(competition, now):
        return
    if competition.revealed_at is not None:
        raise ProblemError("conflict", "The private scores are revealed: there is no more to hide.")
    wanted = {"freeze_at": at or now}
    _change(session, actor, competition, "competition.freeze", wanted, EventKind.FROZEN, now=now)


def unfreeze(session: Session, actor: Actor, competition: Competition, *, now: datetime) -> None:
    """Let the board move again, with all that arrived meanwhile; also drops a planned freeze."""
    wanted = {"freeze_at": None}
    _change(
        session, actor, competition, "competition.unfreeze", wanted, EventKind.UNFROZEN, now=now
    )


def reveal(
    session: Session,
    actor: Actor,
    competition: Competition,
    *,
    close: bool = False,
    now: datetime,
) -> Revealed:
    """Show private scores and ranks of the final selections to everybody. Inverse: `conceal`.

    `close`: one that is still open closes in the same act, and opens again when that is undone.
    Raises ProblemError `conflict` while submissions are still taken otherwise: whoever sees private
    scores could submit against them.
    """
    is_open = schedule.phase(competition, now) is Phase.OPEN
    if is_open and not close:
        raise ProblemError(
            "conflict",
            "This competition still takes submissions.",
            "Close it with the reveal (`close`), pause it, or let it close first.",
        )
    if competition.revealed_at is None:
        wanted = {"revealed_at": now} | ({"closes_at": now} if is_open else {})
        _change(
            session, actor, competition, "competition.reveal", wanted, EventKind.REVEALED, now=now
        )
    return Revealed(competition, under_way(session, competition))


def conceal(session: Session, actor: Actor, competition: Competition, *, now: datetime) -> None:
    """Take a reveal back: the public board again, and no wall of hardest digits.

    Whoever looked has seen the private scores.
    """
    wanted = {"revealed_at": None, "hardest_at": None}
    _change(
        session, actor, competition, "competition.conceal", wanted, EventKind.CONCEALED, now=now
    )
    hardest_wall.forget(session, competition)


def under_way(session: Session, competition: Competition) -> int:
    """How many submissions have no score yet."""
    query = select(func.count()).where(
        col(Submission.competition_id) == competition.id, col(Submission.state).in_(UNDER_WAY)
    )
    number: int = session.execute(query).scalar_one()
    return number


def restore(session: Session, act: AuditEntry, now: datetime) -> None:
    """Put a competition's fields back as they were before `act`.

    Raises ProblemError `conflict` when somebody changed one of them again since.
    """
    competition = queries.by_slug(session, act.target_id, lock=True)
    before, after = _typed(competition, act.before), _typed(competition, act.after)
    if any(getattr(competition, name) != value for name, value in after.items()):
        raise undo.changed_since(act)
    if "revealed_at" in before and before["revealed_at"] is None:
        before["hardest_at"] = None
    if before.get("hardest_at") is not None:
        hardest_wall.check_nobody_asks(session, competition, now)
    settings_acts.put(session, competition, before, now=now)
    if not schedule.shows_hardest(competition):
        hardest_wall.forget(session, competition)
    if BOARD_FIELDS & before.keys():
        _tell(session, competition, EventKind.RERANKED, now=now)


def _typed(competition: Competition, facts: Mapping[str, object] | None) -> dict[str, object]:
    """Times come back from the log as text."""
    given = dict(facts or {})
    whole = Competition.model_validate({**competition.model_dump(), **given})
    return {name: getattr(whole, name) for name in given}


def _change(
    session: Session,
    actor: Actor,
    competition: Competition,
    action: str,
    wanted: Mapping[str, object],
    event: EventKind,
    *,
    now: datetime,
) -> None:
    if settings_acts.change(session, actor, competition, action, wanted, now=now) is not None:
        _tell(session, competition, event, now=now)


def _tell(session: Session, competition: Competition, event: EventKind, *, now: datetime) -> None:
    assert competition.id is not None
    events.append(session, event, competition_id=competition.id, now=now)


for _verb in UNDOABLE:
    undo.register(f"competition.{_verb}", restore)
