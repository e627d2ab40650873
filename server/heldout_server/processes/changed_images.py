"""What models say of slightly changed images: asked after everything else, graded elsewhere.

Of images everyone may see; no label comes near. `grading.contamination` tells what follows.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import structlog

from heldout_server.datasets.changed_copies import COPIES, can_be_copied, sampled, write_copies
from heldout_server.datasets.store import DatasetInfo, DatasetStore
from heldout_server.models import Competition, Submission
from heldout_server.prediction.handlers import hidden_examples
from heldout_server.prediction.predictor import Examples
from heldout_server.prediction.runner import Cancelled
from heldout_server.processes import copies_claims
from heldout_server.processes.misread_practice import UNREADABLE, PracticeReader, is_busy
from heldout_server.runs.practice import written

log = structlog.get_logger()


@dataclass(frozen=True)
class CopiesReader:
    """Has the models that people stand by read changed copies, one after the other."""

    reader: PracticeReader
    _given_up: set[int] = field(default_factory=set)
    # The copies that were made since there was nothing to do.
    _made: set[Path] = field(default_factory=set)

    def read_next(self, cancelled: threading.Event) -> bool:
        """Have one model read them, if nothing waits or runs; False when there was none."""
        database = self.reader.installed.database
        with database.read() as session:
            if is_busy(session):
                return False
            found = copies_claims.next_unread(session, self._given_up)
        if found is None:
            self._forget()
            return False
        submission, competition = found
        if not self._can_be_asked(submission, competition):
            return True
        return copies_claims.claim(database, submission.id or 0) and self._ask(
            submission, competition, cancelled
        )

    def _can_be_asked(self, submission: Submission, competition: Competition) -> bool:
        info = self.reader.installed.datasets.info(competition.dataset_hash)
        fewest = min(info.test_examples, info.practice_examples)
        fits = can_be_copied(info.input_shape, info.input_type, fewest)
        if not fits:
            self._given_up.add(submission.id or 0)
        return fits

    def _ask(
        self, submission: Submission, competition: Competition, cancelled: threading.Event
    ) -> bool:
        """Ask the model that is ours for a while; False: something else goes first."""
        database, number = self.reader.installed.database, submission.id or 0
        try:
            copies_claims.keep(database, number, *self._said(submission, competition, cancelled))
        except Cancelled:
            copies_claims.release(database, number)
            return False
        except UNREADABLE as error:
            log.info("copies.unread", submission=submission.public_id, reason=str(error))
            self._given_up.add(number)
            copies_claims.release(database, number)
        return True

    def _said(
        self, submission: Submission, competition: Competition, cancelled: threading.Event
    ) -> tuple[str, str]:
        """Its answers to the copies of hidden images, and to those of practice images."""
        installed = self.reader.installed
        examples, hidden = _changed_examples(
            installed.datasets, competition, installed.folders.work
        )
        self._made.add(examples.inputs)
        said = self.reader.said(submission, examples, cancelled=cancelled).classes
        return written(said[:hidden]), written(said[hidden:])

    def _forget(self) -> None:
        """Give back the room that the copies take: on disk, and as runners read them."""
        while self._made:
            path = self._made.pop()
            path.unlink(missing_ok=True)
            self.reader.scoring.pool.forget(path)


def _changed_examples(
    datasets: DatasetStore, competition: Competition, work: Path
) -> tuple[Examples, int]:
    """Copies of hidden images, then of practice images; how many are of hidden ones."""
    content_hash = competition.dataset_hash
    info = datasets.info(content_hash)
    hidden, practice = (
        len(sampled(count, info.input_shape, content_hash)) * COPIES
        for count in (info.test_examples, info.practice_examples)
    )
    path = work / f"copies-{content_hash}.npy"
    if not path.is_file():
        _write(path, datasets, info, (hidden, practice))
    examples = hidden_examples(datasets, content_hash, competition.metric)
    return replace(examples, inputs=path, count=hidden + practice, ids=None), hidden


def _write(path: Path, datasets: DatasetStore, info: DatasetInfo, counts: tuple[int, int]) -> None:
    """Once for many models; another process may be at it, too."""
    content_hash, shape = info.content_hash, info.input_shape
    parts = [datasets.test_inputs(content_hash), datasets.practice(content_hash)[0]]
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        partial = Path(folder) / path.name
        kept = np.lib.format.open_memmap(partial, "w+", np.uint8, (sum(counts), *shape))
        for part, into in zip(parts, np.split(kept, [counts[0]]), strict=True):
            write_copies(part[sampled(len(part), shape, content_hash)], into)
        kept.flush()
        partial.rename(path)
