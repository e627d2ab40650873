"""Setting a competition's fields: checked as a whole, told to the room, written down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import ActContext
from heldout_server.competitions import queries, schedule, validation
from heldout_server.jobs import pools
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Dataset

Changes = Mapping[str, object]


def change(context: ActContext, changes: Changes, *, tells: EventKind | None = None) -> bool:
    """Set fields of the context's competition and write down before and after.

    False when nothing differs; else the room hears of it, and the board by `tells` as well. Raises
    ProblemError `validation` or `conflict`.
    """
    competition = context.competition
    changed = {n: v for n, v in changes.items() if getattr(competition, n) != v}
    if not changed:
        return False
    before = {name: getattr(competition, name) for name in changed}
    put(context.session, competition, changed, now=context.now)
    context.record(before, changed)
    if tells is not None:
        events.append(
            context.session, tells, competition_id=context.competition_id, now=context.now
        )
    return True


def put(session: Session, competition: Competition, changed: Changes, *, now: datetime) -> None:
    """Set fields, check the whole, and tell the room; whoever calls it writes it down.

    Raises ProblemError `validation` or `conflict`; then nothing is changed. Checked on a copy:
    the row must not hold what is refused.
    """
    wanted = Competition.model_validate({**competition.model_dump(), **changed})
    validation.check(wanted, dataset=known_dataset(session, wanted))
    _check_fits(session, competition, wanted, changed)
    for name in changed:
        setattr(competition, name, getattr(wanted, name))
    session.add(competition)
    session.flush()
    if "pool" in changed:
        pools.follow_settings(session)
    assert competition.id is not None
    events.append(session, EventKind.COMPETITION_CHANGED, competition_id=competition.id, now=now)


def _check_fits(
    session: Session, competition: Competition, wanted: Competition, changed: Changes
) -> None:
    if "join_code" in changed:
        check_code_free(session, wanted)
    is_revealed = competition.revealed_at is not None and wanted.revealed_at is not None
    if is_revealed and {"closes_at", "opens_at"} & changed.keys():
        raise ProblemError(
            "conflict",
            "The private scores are revealed: nobody may submit against them.",
            "Conceal them first, or clone the competition.",
        )
    if wanted.hardest_at is not None:
        schedule.check_revealed(wanted)
    if wanted.team_size < competition.team_size and queries.largest_team(session, competition) > (
        wanted.team_size
    ):
        raise ProblemError(
            "conflict",
            f"There is a team with more than {wanted.team_size} members.",
            "Move somebody to another team first.",
        )


def known_dataset(session: Session, competition: Competition) -> Dataset:
    """The competition's dataset. Raises ProblemError `not_found`."""
    found = session.get(Dataset, competition.dataset_hash)
    if found is None:
        raise ProblemError("not_found", "There is no such dataset here.", "List the datasets.")
    return found


def check_code_free(session: Session, competition: Competition) -> None:
    """Raise ProblemError `conflict` when another competition has this join code."""
    other = queries.by_join_code(session, competition.join_code)
    if other is not None and other.id != competition.id:
        raise ProblemError(
            "conflict",
            "Another competition has this join code.",
            "Choose another, or leave it out: one is made up.",
        )
