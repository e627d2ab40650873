"""One person in several contests of this server: participants with the same `person`.

Each contest has its own row, name, quota, ban and way out. What they share is the personal code,
and the account at the school.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import or_, select
from sqlmodel import Session, col

from heldout_server.models import Competition, Participant
from heldout_server.models.base import public_id


def accounts(session: Session, participant: Participant) -> list[Participant]:
    """Every account of the same person, this one first: those with the code in common, and those
    that organizers have merged, in whichever contest.
    """
    found = [participant]
    while more := _beside(session, found):
        found += more
    return found


def opened(theirs: Iterable[Participant]) -> list[Participant]:
    """Those of a person's accounts that their code opens: one a contest, none that is merged into
    another or was left.
    """
    in_use = [one for one in theirs if one.merged_into_id is None and one.left_at is None]
    return list({one.competition_id: one for one in reversed(in_use)}.values())


def _beside(session: Session, known: Collection[Participant]) -> list[Participant]:
    ids = [one.id for one in known if one.id is not None]
    if not ids:
        return []
    query = select(Participant).where(
        col(Participant.id).not_in(ids),
        or_(
            col(Participant.person).in_([one.person for one in known if one.person is not None]),
            col(Participant.merged_into_id).in_(ids),
            col(Participant.id).in_([one.merged_into_id for one in known]),
        ),
    )
    return list(session.execute(query.order_by(col(Participant.id))).scalars())


def kept(session: Session, participant: Participant) -> Participant:
    """The participant, or the account that theirs was merged into."""
    into = participant.merged_into_id
    return participant if into is None else session.get_one(Participant, into)


def at_school(session: Session, competition: Competition, key: str) -> Participant | None:
    """Who has this account at the school in the contest; their account here may be merged."""
    query = select(Participant).where(
        col(Participant.competition_id) == competition.id, col(Participant.school_hash) == key
    )
    query = query.with_for_update(key_share=True)
    found: Participant | None = session.execute(query).scalar_one_or_none()
    return kept(session, found) if found is not None else None


def link(session: Session, known: Participant, newcomer: Participant) -> None:
    """Let a newcomer to another contest be the same person, with the same personal code and, where
    there is one, the same account at the school.
    """
    known.person = known.person or public_id("n")
    newcomer.person, newcomer.code_hash = known.person, known.code_hash
    newcomer.school_hash = known.school_hash
    session.add_all([known, newcomer])


def unlink(participant: Participant) -> None:
    """Let this participant be nobody's: whoever leaves one contest stays in the others."""
    participant.person = participant.code_hash = participant.school_hash = None
