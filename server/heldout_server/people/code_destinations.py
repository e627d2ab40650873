"""Which competition a typed code leads to, before anybody says who they are."""

from __future__ import annotations

from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition
from heldout_server.people import personal_codes, roster


def competition_of(session: Session, code: str) -> Competition:
    """The competition of a room's code, of a roster's invite, used or not, or of somebody's
    personal code: its page says more.

    Raises ProblemError `forbidden`.
    """
    somebody = roster.by_invite(session, code) or next(
        iter(personal_codes.holders(session, personal_codes.typed(code))), None
    )
    found = (
        competitions.by_join_code(session, code)
        if somebody is None
        else session.get_one(Competition, somebody.competition_id)
    )
    if found is None or found.archived_at is not None:
        raise ProblemError(
            "forbidden",
            "That code leads to no competition here.",
            "Check it against the one on the wall; capitals and dashes don't matter.",
        )
    return found
