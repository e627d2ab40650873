"""Giving somebody a display name that nobody else has, nor one that looks like it."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlmodel import Session, col

from heldout_server.kit.errors import ProblemError
from heldout_server.models import Participant
from heldout_server.people.look_alikes import skeleton
from heldout_server.people.names import name_key


def give(participant: Participant, shown: str) -> None:
    """Set the name, and what it is compared by."""
    participant.name = shown
    participant.name_key = name_key(shown)
    participant.look_key = skeleton(shown)


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


def taken(shown: str, hint: str) -> ProblemError:
    """The refusal of a name that somebody has."""
    return ProblemError("duplicate_name", f"Somebody called “{shown}” is already here.", hint)
