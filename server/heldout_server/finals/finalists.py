"""Whose models take part in a final: one of each person or team, chosen or best in public."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from heldout_server.leaderboard import audience, ranking
from heldout_server.leaderboard.audience import Viewer
from heldout_server.leaderboard.order import ORDER, RankedBy
from heldout_server.leaderboard.ranking import Standing, View
from heldout_server.models import (
    MODEL,
    PUBLIC,
    Competition,
    FileState,
    Finalist,
    Participant,
    Submission,
)

_MODELS = (col(Submission.kind) == MODEL, col(Submission.file_state) == FileState.KEPT)


def eligible(session: Session, competition: Competition, most: int) -> list[Finalist]:
    """The models that would take part now, not yet added.

    Who starred a model in the final selection takes part with it, everybody else with their best
    in public; with several stars, with the best of them in public, as nothing here may tell of
    private scores. Of more than `most` the best in public take part. They are numbered by when
    they joined, so that their order tells nothing either.
    """
    starred = _standing(session, competition, col(Submission.chosen_at).is_not(None))
    best = {**_standing(session, competition), **starred}
    ranked = sorted(best.values(), key=_by_the_board)
    chosen = sorted(ranked[:most], key=lambda one: one.holder_id)
    files = _files(session, [one.submission_id for one in chosen])
    assert competition.id is not None
    return [
        Finalist(
            competition_id=competition.id,
            holder_id=one.holder_id,
            submission_id=one.submission_id,
            sha256=files[one.submission_id],
            place=place,
        )
        for place, one in enumerate(chosen)
    ]


def of_final(session: Session, competition_id: int) -> list[Finalist]:
    """Those who take part, by their place."""
    query = select(Finalist).where(col(Finalist.competition_id) == competition_id)
    return list(session.execute(query.order_by(col(Finalist.place))).scalars())


def names(
    session: Session,
    competition: Competition,
    finalists: list[Finalist],
    viewer: Viewer = audience.ANYBODY,
) -> dict[int, tuple[str, str]]:
    """The public id and the name of each, by row id of the holder, as the viewer may see them."""
    holders = [one.holder_id for one in finalists]
    return ranking.names(session, holders, audience.names_of_all(competition, viewer))


def writers_of(session: Session, finalists: list[Finalist]) -> dict[int, set[int]]:
    """The row ids of whose drawings are each holder's own: theirs, or all of their team's."""
    holders = _participants(session, [one.holder_id for one in finalists])
    return {one.id or 0: set(ranking.members(session, one)) for one in holders}


def _standing(
    session: Session, competition: Competition, *among: ColumnElement[bool]
) -> dict[int, Standing]:
    found = ranking.of_all(session, competition, View(PUBLIC), *_MODELS, *among)
    return {one.holder_id: one for one in found}


def _by_the_board(one: Standing) -> tuple[Any, ...]:
    return ORDER.key(RankedBy(one.score, one.reached_at.timestamp(), one.submission_id))


def _files(session: Session, submissions: list[int]) -> dict[int, str]:
    query = select(col(Submission.id), col(Submission.sha256))
    found = session.execute(query.where(col(Submission.id).in_(submissions)))
    return {row_id or 0: sha256 for row_id, sha256 in found}


def _participants(session: Session, ids: list[int]) -> Sequence[Participant]:
    query = select(Participant).where(col(Participant.id).in_(ids))
    return session.execute(query).scalars().all()
