"""Models of different people with the same weights, whatever else their files hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, groupby

from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server.models import MODEL, Competition, Participant, State, Submission

MOST_PEOPLE = 20
"""Of one model; whoever hands out a model to start from need not read of every pair."""


def equal_models(session: Session, competition: Competition) -> list[tuple[int, int]]:
    """Pairs of row ids of scored submissions, the earlier first: of each two people or teams that
    sent the same model, the first of either.
    """
    pairs = []
    for _, rows in groupby(_first_of_each(session, competition), key=lambda row: row[0]):
        numbers = sorted(number for _, number in rows)[:MOST_PEOPLE]
        pairs += list(combinations(numbers, 2))
    return pairs


def _first_of_each(session: Session, competition: Competition) -> Iterator[tuple[str, int]]:
    """Digest and first submission of everybody who sent a model that others sent, too."""
    digest = col(Submission.model_sha256)
    # Members of a team may share; a negative number is nobody's row id.
    person = func.coalesce(-col(Participant.team_id), col(Participant.id))
    known = (
        col(Submission.competition_id) == competition.id,
        col(Submission.kind) == MODEL,
        col(Submission.state) == State.SCORED,
        digest.is_not(None),
    )
    several = (
        select(digest)
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .where(*known)
        .group_by(digest)
        .having(func.count(person.distinct()) > 1)
    )
    query = (
        select(digest, func.min(col(Submission.id)))
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .where(*known, digest.in_(several))
        .group_by(digest, person)
        .order_by(digest)
    )
    yield from ((str(model), int(number)) for model, number in session.execute(query))
