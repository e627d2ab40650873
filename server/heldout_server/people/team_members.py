"""Teams and who is in them. What moves the board as well is in `people.teams`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from heldout_server.competitions.codes import compared, new_code
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import Competition, Participant, Team
from heldout_server.models.base import public_id
from heldout_server.people.display import free_pseudonym
from heldout_server.people.look_alikes import skeleton
from heldout_server.people.names import display_name, name_key

CODE_GROUPS = 3


def create(session: Session, competition: Competition, *, name: str, now: datetime) -> Team:
    """A team without members. Raises ProblemError `conflict`, `duplicate_name`, `validation`."""
    check_allowed(competition)
    assert competition.id is not None
    shown = display_name(name)
    team = Team(
        public_id=public_id("t"),
        competition_id=competition.id,
        name=shown,
        name_key=name_key(shown),
        pseudonym=free_pseudonym(session, competition.id),
        join_code=new_code(CODE_GROUPS),
        created_at=now,
    )
    if any(skeleton(other) == skeleton(shown) for other in _names(session, competition)):
        raise _taken(shown)
    session.add(team)
    try:
        session.flush()
    except IntegrityError:
        raise _taken(shown) from None
    return team


def _names(session: Session, competition: Competition) -> Iterable[str]:
    query = select(col(Team.name)).where(col(Team.competition_id) == competition.id)
    return session.execute(query).scalars()


def put_in(
    session: Session, competition: Competition, participant: Participant, team: Team
) -> None:
    """Make somebody without a team a member; the first one is its captain.

    Raises ProblemError `conflict` when the team is full.
    """
    check_allowed(competition)
    _lock(session, team)
    here = members(session, team)
    if len(here) >= competition.team_size:
        raise ProblemError(
            "conflict",
            f"“{team.name}” is full: a team has at most {competition.team_size} members here.",
        )
    participant.team_id, participant.is_captain = team.id, not here
    session.add(participant)
    session.flush()


def take_out(session: Session, participant: Participant) -> Team | None:
    """Take somebody out of their team, which it returns; the longest member becomes captain."""
    if participant.team_id is None:
        return None
    team = session.get_one(Team, participant.team_id)
    _lock(session, team)
    was_captain = participant.is_captain
    participant.team_id, participant.is_captain = None, False
    session.add(participant)
    session.flush()
    left = members(session, team)
    if was_captain and left:
        left[0].is_captain = True
        session.add(left[0])
        session.flush()
    return team


def set_captain(session: Session, participant: Participant) -> None:
    """Make a member the captain of their team. Raises ProblemError `conflict` without a team."""
    if participant.team_id is None:
        raise ProblemError("conflict", f"“{participant.name}” is in no team.")
    for member in members(session, session.get_one(Team, participant.team_id)):
        member.is_captain = member.id == participant.id
        session.add(member)
    session.flush()


def members(session: Session, team: Team) -> Sequence[Participant]:
    """Who is in the team, who joined the competition first comes first."""
    query = select(Participant).where(col(Participant.team_id) == team.id)
    return session.execute(query.order_by(col(Participant.id))).scalars().all()


def member(session: Session, team: Team, participant_id: str) -> Participant:
    """A member of the team, by their public id. Raises ProblemError `not_found`."""
    found = next((m for m in members(session, team) if m.public_id == participant_id), None)
    if found is None:
        raise ProblemError("not_found", f"Nobody with this id is in “{team.name}”.")
    return found


def team_of(session: Session, participant: Participant) -> Team | None:
    """The participant's team, if any."""
    return session.get(Team, participant.team_id) if participant.team_id is not None else None


def by_code(session: Session, competition: Competition, code: str) -> Team:
    """The team that this code lets join. Raises ProblemError `forbidden`."""
    query = select(Team).where(col(Team.competition_id) == competition.id)
    wanted = compared(code)
    found: list[Team] = [t for t in session.execute(query).scalars() if _opens(t, wanted)]
    if found:
        return found[0]
    raise ProblemError(
        "forbidden", "This code opens no team here.", "Ask the team's captain for it."
    )


def by_name(session: Session, competition: Competition, name: str) -> Team | None:
    """The team of this name."""
    query = select(Team).where(
        col(Team.competition_id) == competition.id, col(Team.name_key) == name_key(name)
    )
    return session.execute(query).scalar_one_or_none()


def by_public_id(session: Session, competition: Competition, team_id: str) -> Team:
    """The team of this competition. Raises ProblemError `not_found`."""
    query = select(Team).where(
        col(Team.competition_id) == competition.id, col(Team.public_id) == team_id
    )
    found: Team | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "There is no team with this id here.")
    return found


def page(
    session: Session, competition: Competition, *, limit: int, after: int = 0
) -> Sequence[tuple[Team, int]]:
    """Teams with ids above `after` and how many members each has, oldest first."""
    query = (
        select(Team, func.count(col(Participant.id)))
        .outerjoin(Participant, col(Participant.team_id) == col(Team.id))
        .where(col(Team.competition_id) == competition.id, col(Team.id) > after)
        .group_by(col(Team.id))
        .order_by(col(Team.id))
        .limit(limit)
    )
    return [(team, number) for team, number in session.execute(query)]


def check_allowed(competition: Competition) -> None:
    """Raise ProblemError `conflict` where everybody is on their own."""
    if competition.team_size < 2:
        raise ProblemError(
            "conflict",
            f"“{printable(competition.title)}” has no teams.",
            "Organizers can allow them: set team_size to 2 or more.",
        )


def _opens(team: Team, wanted: str) -> bool:
    return bool(wanted) and compared(team.join_code) == wanted


def _lock(session: Session, team: Team) -> None:
    query = select(col(Team.id)).where(col(Team.id) == team.id)
    session.execute(query.with_for_update(key_share=True))


def _taken(name: str) -> ProblemError:
    return ProblemError(
        "duplicate_name", f"There is a team called “{name}” already.", "Choose another name."
    )
