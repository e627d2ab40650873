"""Which competition a typed code leads to, before anybody says who they are."""

from __future__ import annotations

from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition
from heldout_server.people import roster


def competition_of(session: Session, code: str) -> Competition:
    """The competition of a room's code or of a roster's invite, used or not: its page says more.

    Raises ProblemError `forbidden`.
    """
    entry = roster.by_invite(session, code)
    found = (
        competitions.by_join_code(session, code)
        if entry is None
        else session.get_one(Competition, entry.competition_id)
    )
    if found is None or found.archived_at is not None:
        raise ProblemError(
            "forbidden",
            "That code leads to no competition here.",
            "Check it against the one on the wall; capitals and dashes don't matter.",
        )
    return found
