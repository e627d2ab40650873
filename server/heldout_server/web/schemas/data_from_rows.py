"""From a stored dataset and its competition to the shape that programs read."""

from __future__ import annotations

from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.datasets.served import ServedFile, served_files
from heldout_server.datasets.store import SCALING, DatasetInfo, DatasetStore
from heldout_server.models import Competition
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind
from heldout_server.tasks.metric import Metric
from heldout_server.web.schemas.data import (
    DataFileOut,
    DataOut,
    ExamplesOut,
    FeatureOut,
    InputOut,
    MeasureOut,
    ScalingOut,
)

# Longer lists of numbers are a file.
MOST_LISTED = 4_096
# What `standardize` has always been for digits like MNIST's: tutorials' rounded figures.
OF_DIGITS = ScalingOut(divisor=255.0, mean=0.1307, deviation=0.3081, file=None)


def data_out(
    session: Session, store: DatasetStore, competition: Competition, base_url: str
) -> DataOut:
    """What everyone may know and download; no count of any class."""
    info, task = store.info(competition.dataset_hash), competitions.task_of(session, competition)
    metric = catalogue.metric(competition.metric)
    folder = f"{base_url}/api/v1/competitions/{competition.slug}/data"
    return DataOut(
        contest=competition.slug,
        title=competition.title,
        kind=task.kind.value,
        classes=list(task.classes),
        targets=list(task.targets),
        positive=task.positive if task.kind is Kind.BINARY else None,
        metric=metric.name,
        metric_label=metric.label,
        direction=metric.direction.value,
        measure=measure_out(metric),
        also=[measure_out(catalogue.metric(name)) for name in competition.also],
        preprocessing=competition.preprocessing,
        input=_input_out(info),
        features=[FeatureOut.model_validate(feature) for feature in info.features],
        scaling=_scaling_out(store, info),
        examples=ExamplesOut(
            train=info.training_examples,
            practice=info.practice_examples,
            test=info.test_examples,
        ),
        dataset=info.name,
        dataset_hash=info.content_hash,
        note=info.note,
        files=[_file_out(file, folder) for file in served_files(store, info.content_hash)],
    )


def measure_out(metric: Metric) -> MeasureOut:
    """A metric as programs read it."""
    return MeasureOut(
        name=metric.name,
        label=metric.label,
        direction=metric.direction.value,
        unit=metric.unit.value,
        digits=metric.digits,
        needs=metric.needs.value,
        explained=metric.explained,
    )


def version(file: ServedFile) -> str:
    """What tells an address of this very file from one of its successor."""
    return file.sha256[:16]


def _input_out(info: DatasetInfo) -> InputOut:
    return InputOut(
        shape=list(info.input_shape),
        type=info.input_type,
        is_images=info.is_images,
        is_table=info.is_table,
    )


def _scaling_out(store: DatasetStore, info: DatasetInfo) -> ScalingOut:
    scaling = store.scaling(info.content_hash)
    if scaling is None:
        return OF_DIGITS
    if scaling.mean.size > MOST_LISTED:
        return ScalingOut(divisor=1.0, mean=None, deviation=None, file=SCALING)
    return ScalingOut(
        divisor=1.0, mean=scaling.mean.tolist(), deviation=scaling.deviation.tolist(), file=None
    )


def _file_out(file: ServedFile, folder: str) -> DataFileOut:
    return DataFileOut(
        name=file.name,
        bytes=file.size_bytes,
        sha256=file.sha256,
        url=f"{folder}/{file.name}?v={version(file)}",
    )
