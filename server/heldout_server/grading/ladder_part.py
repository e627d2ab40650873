"""The examples on which a ladder compares two results, with their labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import ladder
from heldout_server.grading.labels import LabelStore
from heldout_server.grading.ties.influence import MOST_LEFT_OUT, is_by_leaving_out
from heldout_server.grading.ties.units import MOST_UNITS, Units, seed_of, units
from heldout_server.models import Competition
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.metric import Metric
from heldout_server.tasks.predictions import Predictions, Truth


@dataclass(frozen=True, eq=False, repr=False)
class LadderPart:
    """`mask` (all hidden examples): which are compared; `truth` theirs; `drawn` None: counted."""

    metric: Metric
    task: Task
    truth: Truth
    mask: NDArray[np.bool_]
    drawn: Units | None

    def is_step(self, new: Predictions, best: Predictions) -> bool:
        """Whether one prediction of this part is a real step up from another."""
        return ladder.is_step(self.metric, self.task, self.truth, self.drawn, new=new, best=best)


def opened(labels: LabelStore, datasets: DatasetStore, competition: Competition) -> LadderPart:
    """The public part of the competition's examples. Raises `LabelStoreError`."""
    content_hash = competition.dataset_hash
    task = datasets.info(content_hash).task
    mask = labels.split(
        competition.slug, content_hash, task, public_fraction=competition.public_fraction
    ).public
    group = labels.groups(content_hash)
    metric = catalogue.metric(competition.metric)
    most = MOST_LEFT_OUT if is_by_leaving_out(metric) else MOST_UNITS
    seed = seed_of(competition.slug, mask)
    counted = metric.name == "accuracy" and group is None
    return LadderPart(
        metric=metric,
        task=task,
        truth=labels.labels(content_hash, competition.labels_version)[mask],
        mask=mask,
        drawn=None
        if counted
        else units(int(mask.sum()), seed, None if group is None else group[mask], most),
    )
