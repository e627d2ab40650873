"""Giving somebody a display name that nobody else has, nor one that looks like it."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlmodel import Session, col

from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Participant, Team
from heldout_server.models.pseudonym import pseudonym
from heldout_server.people.look_alikes import skeleton
from heldout_server.people.names import LONGEST_NAME, name_key

MOST_OF_A_NAME = 100


def give(session: Session, participant: Participant, shown: str) -> None:
    """Set the name, and what it is compared by.

    The competition is held first, as the board that is told afterwards holds it: until the commit a
    changed name keeps out who writes what refers to this person, and who does that holds the
    competition, too. Each would wait for the other.
    """
    competitions.hold(session, participant.competition_id)
    participant.name = shown
    participant.name_key = name_key(shown)
    participant.look_key = skeleton(shown)


def free_pseudonym(session: Session, competition_id: int) -> str:
    """What others are to read for somebody new where names aren't shown: nobody else's there."""
    taken = {
        one
        for noun in (Participant, Team)
        for one in session.execute(
            select(col(noun.pseudonym)).where(col(noun.competition_id) == competition_id)
        ).scalars()
    }
    return pseudonym(taken)


def check_free(
    session: Session,
    competition_id: int,
    shown: str,
    *,
    besides: int | None = None,
    hint: str = "Choose another name.",
) -> None:
    """Raise ProblemError `duplicate_name` when somebody in the competition, `besides` this
    participant, is called so, or so that nobody could tell the two apart.
    """
    query = select(col(Participant.name_key), col(Participant.name), col(Participant.look_key))
    query = query.where(
        col(Participant.competition_id) == competition_id,
        or_(
            col(Participant.name_key) == name_key(shown),
            col(Participant.look_key) == skeleton(shown),
            col(Participant.look_key).is_(None),  # joined before looks were kept
        ),
    )
    if besides is not None:
        query = query.where(col(Participant.id) != besides)
    for key, name, look in session.execute(query):
        if key == name_key(shown):
            raise taken(shown, hint)
        if (look or skeleton(name)) == skeleton(shown):
            raise ProblemError(
                "duplicate_name",
                f"“{shown}” looks like “{name}”, who is already here.",
                f"Add something that tells you apart, such as “{shown} 2”.",
            )


def free_name(session: Session, competition_id: int, wanted: str) -> str:
    """The name, or where it is taken the same with the first number that isn't: “Ada 2”.

    Raises ProblemError `duplicate_name` after a hundred.
    """
    for number in range(1, MOST_OF_A_NAME + 1):
        ending = f" {number}" if number > 1 else ""
        shown = wanted[: LONGEST_NAME - len(ending)].rstrip() + ending
        try:
            check_free(session, competition_id, shown)
        except ProblemError:
            continue
        return shown
    raise taken(wanted, "Join with the room's code and another name.")


def taken(shown: str, hint: str) -> ProblemError:
    """The refusal of a name that somebody has."""
    return ProblemError("duplicate_name", f"Somebody called “{shown}” is already here.", hint)
