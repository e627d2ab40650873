"""What competitions ask of whoever trains for them, from their rows."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session, col

from heldout_server.datasets.loaded import is_images
from heldout_server.models import Baseline, BaselineKind, BaselineState, Competition, Dataset
from heldout_server.runs.asked import Asked
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind


def asked_of(session: Session, competition: Competition) -> Asked:
    """What this competition asks."""
    return all_asked(session, [competition.id or 0])[competition.id or 0]


def all_asked(session: Session, competition_ids: Collection[int]) -> dict[int, Asked]:
    """What each of these competitions asks, by its id."""
    constants = _constants(session, competition_ids)
    return {
        competition.id or 0: Asked(
            kind=Kind(dataset.task),
            classes=len(dataset.class_names),
            metric=competition.metric,
            constant=_figure(competition, constants),
            is_images=not dataset.columns and is_images(dataset.input_shape, dataset.input_type),
        )
        for competition, dataset in session.execute(_with_dataset(), _of(competition_ids))
    }


@cache
def _with_dataset() -> Select[Competition, Dataset]:
    """Made once, like the other: each answer with a run card asks both."""
    return (
        select(Competition, Dataset)
        .join(Dataset, col(Dataset.content_hash) == col(Competition.dataset_hash))
        .where(col(Competition.id).in_(bindparam("competitions", expanding=True)))
    )


def _of(competition_ids: Collection[int]) -> dict[str, list[int]]:
    return {"competitions": list(competition_ids)}


def _constants(session: Session, competition_ids: Collection[int]) -> dict[tuple[int, str], float]:
    """The scores of ghost rows that always say the same, by competition and metric."""
    found = session.execute(_constant_scores(), _of(competition_ids))
    return {(number, metric): score for number, metric, score in found}


@cache
def _constant_scores() -> Select[Any]:
    query: Select[Any] = select(Baseline.competition_id, Baseline.metric, Baseline.score).where(  # type: ignore[call-overload]
        col(Baseline.competition_id).in_(bindparam("competitions", expanding=True)),
        col(Baseline.kind) == BaselineKind.MAJORITY,
        col(Baseline.state) == BaselineState.READY,
        col(Baseline.removed_at).is_(None),
        col(Baseline.score).is_not(None),
    )
    return query


def _figure(competition: Competition, constants: dict[tuple[int, str], float]) -> float | None:
    score = constants.get((competition.id or 0, competition.metric))
    return None if score is None else catalogue.metric(competition.metric).figure(score)
