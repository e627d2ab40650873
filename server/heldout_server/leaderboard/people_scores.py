"""Each participant's score and place on the board that everybody sees; in a team, the team's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.leaderboard import ranking
from heldout_server.models import Competition, Participant


@dataclass(frozen=True)
class Place:
    """Where somebody stands, and by which score."""

    rank: int
    score: float


@dataclass(frozen=True)
class Places:
    """The whole board, to look people up in."""

    of_people: dict[int, Place]
    of_teams: dict[int, Place]

    @property
    def scored(self) -> int:
        """How many rows the board has."""
        return len(self.of_people)

    def of(self, participant: Participant) -> Place | None:
        """The participant's own place, or their team's."""
        own = self.of_people.get(participant.id or 0)
        return own or self.of_teams.get(participant.team_id or 0)


def places(session: Session, competition: Competition) -> Places:
    """What the board says of everybody: frozen while it is, private scores once revealed."""
    rows = ranking.of_all(session, competition, ranking.shown(competition))
    found = {row.holder_id: Place(rank, row.score) for rank, row in enumerate(rows, 1)}
    return Places(found, _by_team(session, found))


def _by_team(session: Session, found: dict[int, Place]) -> dict[int, Place]:
    holders: Collection[int] = found.keys()
    query = select(col(Participant.id), col(Participant.team_id)).where(
        col(Participant.id).in_(holders), col(Participant.team_id).is_not(None)
    )
    return {team: found[holder or 0] for holder, team in session.execute(query) if team is not None}
