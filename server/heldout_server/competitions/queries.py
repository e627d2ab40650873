"""Reading competitions and their datasets."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlmodel import Session, col

from heldout_server.competitions import schedule
from heldout_server.competitions.codes import compared
from heldout_server.competitions.schedule import Phase
from heldout_server.datasets import rows
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Dataset, Participant, Visibility
from heldout_server.tasks.kinds import Task


def by_slug(session: Session, slug: str, *, lock: bool = False) -> Competition:
    """The competition with this slug; `lock` holds its row until the commit.

    Raises ProblemError `not_found`.
    """
    found: Competition | None = session.execute(_by_slug(lock), {"of": slug}).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", f"There is no competition “{slug[:60]}” here.")
    return found


@cache
def _by_slug(lock: bool) -> Select[Any]:
    """Made once, since every page asks it."""
    query = select(Competition).where(col(Competition.slug) == bindparam("of"))
    # Not the key: submissions that refer to it go on being written.
    return query.with_for_update(key_share=True) if lock else query


def hold(session: Session, competition_id: int) -> Competition:
    """The competition as it is now, and stays until the commit; others may hold it so, too."""
    return session.get_one(
        Competition, competition_id, with_for_update={"read": True}, populate_existing=True
    )


def all_competitions(session: Session) -> list[Competition]:
    """Every competition, oldest first."""
    return list(session.execute(select(Competition).order_by(col(Competition.id))).scalars())


def current(session: Session) -> list[Competition]:
    """Every competition that isn't archived, oldest first."""
    return [c for c in all_competitions(session) if c.archived_at is None]


def listed(session: Session) -> list[Competition]:
    """What strangers may know of: neither archived nor found by its address alone."""
    return [c for c in all_competitions(session) if is_listed(c)]


def is_listed(competition: Competition) -> bool:
    """Whether strangers may come across it."""
    return competition.archived_at is None and competition.visibility == Visibility.PUBLIC


def to_join(session: Session, now: datetime) -> Competition | None:
    """The one that a newcomer means who names none: the only one, or the only one not over."""
    found = listed(session)
    running = [c for c in found if schedule.phase(c, now) is not Phase.CLOSED]
    candidates = running or found
    return candidates[0] if len(candidates) == 1 else None


def still_asking(session: Session, competition: Competition, now: datetime) -> Competition | None:
    """Another competition on the same hidden examples that takes submissions, or will."""
    return next(
        (
            other
            for other in all_competitions(session)
            if other.id != competition.id
            and other.dataset_hash == competition.dataset_hash
            and schedule.phase(other, now) is not Phase.CLOSED
        ),
        None,
    )


def datasets(session: Session) -> list[Dataset]:
    """Every dataset that a competition can be made on, newest first."""
    query = select(Dataset).order_by(col(Dataset.created_at).desc(), col(Dataset.content_hash))
    return list(session.execute(query).scalars())


def dataset_named(session: Session, wanted: str | None) -> Dataset:
    """The dataset of this content hash or name; None: the newest. Raises `not_found`."""
    for dataset in datasets(session):
        if wanted is None or wanted in {dataset.content_hash, dataset.name}:
            return dataset
    raise ProblemError("not_found", "There is no such dataset here.", "List the datasets.")


def largest_team(session: Session, competition: Competition) -> int:
    """Members of the largest team; 0 when there is none. A team of one counts: it is a team."""
    members = (
        select(func.count().label("members"))
        .where(
            col(Participant.competition_id) == competition.id,
            col(Participant.team_id).is_not(None),
        )
        .group_by(col(Participant.team_id))
        .subquery()
    )
    # Without teams (size 1) not even a team of one may stay.
    largest = session.execute(select(func.max(members.c.members))).scalar()
    return 0 if largest is None else max(int(largest), 2)


def dataset_of(session: Session, competition: Competition) -> Dataset:
    """What is publicly known of the competition's dataset."""
    return session.get_one(Dataset, competition.dataset_hash)


def task_of(session: Session, competition: Competition) -> Task:
    """What is to be predicted."""
    return rows.task_of(dataset_of(session, competition))


def by_join_code(session: Session, code: str) -> Competition | None:
    """The competition that this join code opens; capitals, blanks and dashes don't matter."""
    wanted = compared(code)
    found = (c for c in current(session) if compared(c.join_code) == wanted)
    return next(found, None) if wanted else None
