"""What models answered to the practice examples, as it is kept: one byte each, in base64; two,
after a mark, where there are more classes than a byte holds.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Collection
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, bindparam, select
from sqlmodel import Session, col

from heldout_server.datasets.store import DatasetStore
from heldout_server.models import Competition, PracticeReading
from heldout_server.runs.answers import KnownAnswers

TWO_BYTES = "2:"


def written(labels: NDArray[np.integer[Any]]) -> str:
    """Predicted labels (n,), each from 0 to 65,535, as text."""
    if labels.max(initial=0) <= np.iinfo(np.uint8).max:
        return b64encode(labels.astype(np.uint8).tobytes()).decode("ascii")
    return TWO_BYTES + b64encode(labels.astype("<u2").tobytes()).decode("ascii")


def answered(said: str) -> NDArray[np.integer[Any]]:
    """The labels (n,) in a text of `written`. Raises ValueError for another one."""
    kind = np.dtype("<u2" if said.startswith(TWO_BYTES) else np.uint8)
    try:
        return np.frombuffer(b64decode(said.removeprefix(TWO_BYTES), validate=True), kind)
    except binascii.Error as error:
        raise ValueError("not the labels of a reading") from error


def practice_answers(
    session: Session,
    datasets: DatasetStore,
    competition: Competition,
    submission_ids: Collection[int],
) -> KnownAnswers:
    """What those of the submissions said that have read the practice examples; nothing where these
    aren't of one class each: answers of other kinds aren't kept.
    """
    info = datasets.info(competition.dataset_hash)
    labels = datasets.practice_answers(competition.dataset_hash)
    if not info.task.has_classes:
        return KnownAnswers(info.task, labels, {}, competition.metric)
    read = session.execute(_readings(), {"of": list(submission_ids)})
    found = {number: answered(said) for number, said in read}
    # A reading of an event that was imported by hand may be of other images.
    fitting = {number: said for number, said in found.items() if len(said) == len(labels)}
    return KnownAnswers(info.task, labels, fitting, competition.metric)


@cache
def _readings() -> Select[Any]:
    query: Select[Any] = select(PracticeReading.submission_id, PracticeReading.said).where(  # type: ignore[call-overload]
        col(PracticeReading.submission_id).in_(bindparam("of", expanding=True)),
        col(PracticeReading.said).is_not(None),
    )
    return query
