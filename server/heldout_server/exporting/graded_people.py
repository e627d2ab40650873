"""The people of a contest with their points, as a gradebook asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.exporting import gradebook
from heldout_server.exporting.gradebook import Filled, Person
from heldout_server.leaderboard import grades
from heldout_server.leaderboard.grades import UnknownTies
from heldout_server.models import Competition, Participant, RosterEntry, Team


def filled(
    session: Session,
    competition: Competition,
    content: bytes,
    *,
    column: str = "",
    unknown_ties: UnknownTies = UnknownTies.WAIT,
) -> Filled:
    """The gradebook with everybody's points. Raises ProblemError `bad_gradebook`, `conflict`."""
    book = gradebook.read(content)
    return gradebook.fill(book, people(session, competition, unknown_ties), column=column)


def people(
    session: Session, competition: Competition, unknown_ties: UnknownTies = UnknownTies.WAIT
) -> list[Person]:
    """Everybody who joined or is expected. Raises ProblemError `conflict`."""
    found_grades = grades.of_competition(session, competition, unknown_ties)
    points = {one.unit: one.points for one in found_grades}
    query = (
        select(Participant, Team, RosterEntry)
        .outerjoin(Team, col(Team.id) == col(Participant.team_id))
        .outerjoin(RosterEntry, col(RosterEntry.participant_id) == col(Participant.id))
        .where(
            col(Participant.competition_id) == competition.id,
            col(Participant.merged_into_id).is_(None),
            col(Participant.left_at).is_(None),
        )
        .order_by(col(Participant.id), col(RosterEntry.id))
    )
    found = [
        _person(who, [entry for *_, entry in rows if entry], points.get(unit))
        for (who, unit), rows in groupby(session.execute(query), _who)
    ]
    missing = select(RosterEntry).where(
        col(RosterEntry.competition_id) == competition.id,
        col(RosterEntry.participant_id).is_(None),
    )
    return found + [
        Person(one.name, None, one.email, one.reference)
        for one in session.execute(missing.order_by(col(RosterEntry.id))).scalars()
    ]


def _who(row: Any) -> tuple[Participant, str]:
    """Of a row, the participant, and who is ranked for them."""
    who, team, _ = row
    return who, team.public_id if team else who.public_id


def _person(who: Participant, entries: Sequence[RosterEntry], points: float | None) -> Person:
    """`entries` are several where two people of the roster were merged."""
    if not entries:
        return Person(who.name, points)
    entry, *more = entries
    return Person(
        entry.name,
        points,
        entry.email,
        entry.reference,
        also=(who.name, *(one.name for one in more)),
        entries=tuple((one.email, one.reference) for one in more),
    )
