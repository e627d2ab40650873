"""What competitions ask of whoever trains for them, from their rows."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
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
    query = (
        select(Competition, Dataset)
        .join(Dataset, col(Dataset.content_hash) == col(Competition.dataset_hash))
        .where(col(Competition.id).in_(competition_ids))
    )
    constants = _constants(session, competition_ids)
    return {
        competition.id or 0: Asked(
            kind=Kind(dataset.task),
            classes=len(dataset.class_names),
            metric=competition.metric,
            constant=_figure(competition, constants),
            is_images=not dataset.columns and is_images(dataset.input_shape, dataset.input_type),
        )
        for competition, dataset in session.execute(query)
    }


def _constants(session: Session, competition_ids: Collection[int]) -> dict[tuple[int, str], float]:
    """The scores of ghost rows that always say the same, by competition and metric."""
    query = select(Baseline.competition_id, Baseline.metric, Baseline.score).where(  # type: ignore[call-overload]
        col(Baseline.competition_id).in_(competition_ids),
        col(Baseline.kind) == BaselineKind.MAJORITY,
        col(Baseline.state) == BaselineState.READY,
        col(Baseline.removed_at).is_(None),
        col(Baseline.score).is_not(None),
    )
    return {(number, metric): score for number, metric, score in session.execute(query)}


def _figure(competition: Competition, constants: dict[tuple[int, str], float]) -> float | None:
    score = constants.get((competition.id or 0, competition.metric))
    return None if score is None else catalogue.metric(competition.metric).figure(score)
