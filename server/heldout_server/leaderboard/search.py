"""Finding rows on a long board: by name, by participant, with the neighbours around."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlmodel import Session, col

from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import audience, standings
from heldout_server.leaderboard.standings import Standing, Standings
from heldout_server.models import Competition, Participant, Team


@dataclass(frozen=True, slots=True)
class Ranked:
    """Who is ranked: a team under its own id and name, or a participant (`alone`)."""

    id: str
    name: str
    alone: Participant | None


MOST_PARTICIPANTS = 2000
NEIGHBOURS = 5
MOST_FOUND = 100


def ranked(session: Session, competition: Competition, public_id: str) -> Ranked:
    """As whom this participant or team is ranked. Raises ProblemError `not_found`."""
    query = (
        select(Participant, Team)
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .where(
            col(Participant.competition_id) == competition.id,
            col(Participant.banned_at).is_(None),
            or_(col(Participant.public_id) == public_id, col(Team.public_id) == public_id),
        )
        .limit(1)
    )
    row = session.execute(query).first()
    if row is None:
        raise ProblemError(
            "not_found", "There is no participant at this address.", "Look for them on the board."
        )
    participant, team = row
    audience.check(session, competition, participant)
    shown = audience.name(competition, team or participant)
    if team is None:
        return Ranked(participant.public_id, shown, participant)
    return Ranked(team.public_id, shown, None)


def named(session: Session, competition_id: int, text: str) -> Standings:
    """Rows whose participant's name contains `text`, whatever its case; at most 100 of them."""
    wanted = _folded(text)
    rows = [
        row for row in _everyone(session, competition_id) if wanted in _folded(row.participant_name)
    ]
    return Standings(tuple(rows[:MOST_FOUND]), len(rows))


def around(session: Session, competition_id: int, participant_id: str) -> Standings:
    """The participant's row with five on either side; nothing when they aren't ranked."""
    rows = _everyone(session, competition_id)
    at = _place(rows, participant_id)
    if at is None:
        return Standings((), 0)
    near = rows[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1]
    return Standings(near, len(near))


def offset_of(session: Session, competition_id: int, participant_id: str, *, limit: int) -> int:
    """Where the page of `limit` rows with this participant begins; 0 when they aren't ranked."""
    at = _place(_everyone(session, competition_id), participant_id)
    return 0 if at is None else at // limit * limit


def _everyone(session: Session, competition_id: int) -> tuple[Standing, ...]:
    return standings.page(session, competition_id, limit=MOST_PARTICIPANTS).rows


def _place(rows: tuple[Standing, ...], participant_id: str) -> int | None:
    return next((at for at, row in enumerate(rows) if row.participant_id == participant_id), None)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
