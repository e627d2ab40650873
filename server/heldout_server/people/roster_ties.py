"""Who on the roster came as whom: by their invite, or under the same name with the room's code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Participant, RosterEntry
from heldout_server.people import team_members
from heldout_server.people.names import remembered

Strangers = Mapping[str, Sequence[Participant]]
"""Participants whom no entry knows, by their names as remembered."""


def strangers(session: Session, competition: Competition) -> Strangers:
    """Who came with the room's code and is tied to nobody on the roster."""
    known = select(col(RosterEntry.participant_id)).where(
        col(RosterEntry.competition_id) == competition.id,
        col(RosterEntry.participant_id).is_not(None),
    )
    query = select(Participant).where(
        col(Participant.competition_id) == competition.id,
        col(Participant.merged_into_id).is_(None),
        col(Participant.left_at).is_(None),
        col(Participant.id).not_in(known),
    )
    found: dict[str, list[Participant]] = {}
    for participant in session.execute(query.order_by(col(Participant.id))).scalars():
        found.setdefault(remembered(participant.name), []).append(participant)
    return found


def certain(names: Iterable[str], found: Strangers) -> dict[str, Participant]:
    """Who is meant, by the name as remembered: where one on the roster and one stranger have it.

    `names` are of all on the roster who haven't come, each as often as it is there.
    """
    keys = [remembered(name) for name in names]
    return {
        key: found[key][0]
        for key in set(keys)
        if key and keys.count(key) == 1 and len(found.get(key, ())) == 1
    }


def is_tied(session: Session, participant: Participant) -> bool:
    """Whether somebody on the roster came as this participant."""
    query = select(col(RosterEntry.id)).where(col(RosterEntry.participant_id) == participant.id)
    return session.execute(query).first() is not None


def check_free(session: Session, entry: RosterEntry, participant: Participant) -> None:
    """Raise ProblemError `conflict` when either is tied already."""
    if entry.participant_id is not None or is_tied(session, participant):
        raise ProblemError("conflict", f"“{participant.name}” or “{entry.name}” is linked already.")


def tie(
    session: Session,
    competition: Competition,
    entry: RosterEntry,
    participant: Participant,
    *,
    now: datetime,
) -> None:
    """Tie the participant to the roster and put them into the team that it names, if it has room:
    a full one must keep nobody out of the room.
    """
    entry.participant_id = participant.id
    session.add(entry)
    if entry.team_name and competition.team_size > 1 and participant.team_id is None:
        team = team_members.by_name(session, competition, entry.team_name)
        if team is None:
            team = team_members.create(session, competition, name=entry.team_name, now=now)
        if len(team_members.members(session, team)) < competition.team_size:
            team_members.put_in(session, competition, participant, team)
    session.flush()
