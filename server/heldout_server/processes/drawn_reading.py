"""Finalists' models read what the class draws: all that is new, each in a runner of its own.

Nobody's labels are where a model runs: it gets images, as it does for a score.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import structlog

from heldout_server.datasets.store import DatasetInfo
from heldout_server.finals import answers
from heldout_server.finals.answers import Batch
from heldout_server.models import Drawing, Finalist, Submission
from heldout_server.prediction.handlers import hidden_examples
from heldout_server.prediction.predictor import Examples
from heldout_server.prediction.runner import Cancelled
from heldout_server.processes.misread_practice import UNREADABLE, PracticeReader

log = structlog.get_logger()

FEW = 50
"""So few drawings are read by one model at a time: while people draw, the phones and the wall need
the other cores, and each look takes a process for each model however little there is to read."""


@dataclass(frozen=True)
class DrawnReading:
    """Has models read drawings; of many, as many models at a time as there are runners."""

    reader: PracticeReader
    clock: Callable[[], datetime]
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def work(self) -> bool:
        """Read what has begun to count since the last time; False when there was nothing."""
        with self.reader.installed.database.read() as session:
            batch = answers.next_batch(session)
        if batch is None or not batch.finalists:
            return False
        together = 1 if len(batch.drawings) <= FEW else self.reader.scoring.workers
        with ThreadPoolExecutor(together) as pool:
            return any(list(pool.map(lambda one: self._read(batch, one), batch.finalists)))

    def _read(self, batch: Batch, finalist: Finalist) -> bool:
        unread = batch.unread_by(finalist)
        if not unread:
            return False
        database = self.reader.installed.database
        try:
            said = self._said(batch, finalist, unread)
        except Cancelled:
            return False
        except UNREADABLE as error:
            log.info("final.unread", finalist=finalist.id, reason=str(error))
            with database.write() as session:
                answers.failed(session, finalist, now=self.clock())
            return True
        with database.write() as session:
            answers.keep(session, finalist, said, now=self.clock())
        return True

    def _said(self, batch: Batch, finalist: Finalist, unread: Sequence[Drawing]) -> dict[int, int]:
        """The class that this model reads in each, by the drawing's row id."""
        installed = self.reader.installed
        content_hash = batch.competition.dataset_hash
        with installed.database.read() as session:
            submission = session.get_one(Submission, finalist.submission_id)
        info = installed.datasets.info(content_hash)
        examples = hidden_examples(installed.datasets, content_hash, batch.competition.metric)
        with tempfile.TemporaryDirectory(dir=installed.folders.work) as folder:
            drawn = _written(Path(folder), info, examples, unread)
            try:
                classes = self.reader.said(submission, drawn, cancelled=self._cancelled).classes
            finally:
                self.reader.scoring.pool.forget(drawn.inputs)
        return {one.id or 0: int(said) for one, said in zip(unread, classes, strict=True)}


def _written(
    folder: Path, info: DatasetInfo, examples: Examples, drawings: Sequence[Drawing]
) -> Examples:
    """The drawings as a file of examples; images of three channels have the ink in each."""
    size = info.input_shape[0]
    images = np.stack([np.frombuffer(one.image, np.uint8).reshape(size, size) for one in drawings])
    if len(info.input_shape) > 2:
        images = np.repeat(images[..., None], info.input_shape[2], axis=-1)
    path = folder / "drawn.npy"
    np.save(path, images)
    return replace(examples, inputs=path, count=len(images), ids=None)
