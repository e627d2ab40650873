"""What models answered to the practice images, as it is kept: one byte an image, in base64."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.datasets.store import DatasetStore
from heldout_server.models import Competition, PracticeReading
from heldout_server.runs.answers import KnownAnswers


def written(labels: NDArray[np.integer[Any]]) -> str:
    """Predicted labels (n,), each from 0 to 255, as text."""
    return b64encode(labels.astype(np.uint8).tobytes()).decode("ascii")


def answered(said: str) -> NDArray[np.uint8]:
    """The labels (n,) in a text of `written`. Raises ValueError for another one."""
    try:
        return np.frombuffer(b64decode(said, validate=True), np.uint8)
    except binascii.Error as error:
        raise ValueError("not the labels of a reading") from error


def practice_answers(
    session: Session,
    datasets: DatasetStore,
    competition: Competition,
    submission_ids: Collection[int],
) -> KnownAnswers:
    """What those of the submissions said that have read the practice images."""
    info = datasets.info(competition.dataset_hash)
    labels = datasets.practice_labels(competition.dataset_hash)
    query = select(PracticeReading.submission_id, PracticeReading.said).where(  # type: ignore[call-overload]
        col(PracticeReading.submission_id).in_(submission_ids),
        col(PracticeReading.said).is_not(None),
    )
    found = {number: answered(said) for number, said in session.execute(query)}
    # A reading of an event that was imported by hand may be of other images.
    fitting = {number: said for number, said in found.items() if len(said) == len(labels)}
    return KnownAnswers(labels, fitting, len(info.class_names))
