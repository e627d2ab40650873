"""TensorFlow's second opinion on scores of the lane, in quiet moments.

Where both engines run: the same file by both, on the same inputs, prepared in the same way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import structlog
from numpy.typing import NDArray

from heldout_server.blobs import BlobMissing, StorageFailed
from heldout_server.kit.db import Database
from heldout_server.kit.errors import Rejection
from heldout_server.models import CheckState, Competition, Submission
from heldout_server.prediction.agreement import difference
from heldout_server.prediction.handlers import PERMISSION_SECONDS, hidden_examples
from heldout_server.prediction.runner import Cancelled, ModelRunner, NotKnownHere, RunnerFailed
from heldout_server.prediction.two_engines import TwoEngines
from heldout_server.processes.installation import Installation
from heldout_server.processes.misread_practice import is_busy
from heldout_server.processes.model_scoring import Scoring
from heldout_server.submissions import engine_checks, left_lane
from heldout_server.submissions.queries import preprocessing_of

log = structlog.get_logger()

# It takes more of both than the lane, so these say nothing; all else is another verdict.
ROOM = ("timeout", "out_of_memory")
OURS = (RunnerFailed, NotKnownHere, BlobMissing, StorageFailed)


@dataclass(frozen=True)
class Oracle:
    """Compares one score after the other, if nothing waits or runs."""

    installed: Installation
    scoring: Scoring
    clock: Callable[[], datetime]
    _given_up: set[int] = field(default_factory=set)

    def look(self, cancelled: threading.Event) -> bool:
        """Look at one; False when there was none, or where one of the engines isn't."""
        pool, database = self.scoring.pool, self.installed.database
        if not isinstance(pool, TwoEngines) or pool.tensorflow is None:
            return False
        with database.read() as session:
            if is_busy(session):
                return False
            found = engine_checks.next_waiting(session, self._given_up)
        if found is None or not self._claimed(found[0].id or 0):
            return False
        return self._compare(*found, pool.lane, pool.tensorflow, cancelled)

    def _claimed(self, submission_id: int) -> bool:
        with self.installed.database.write() as session:
            return engine_checks.claim(session, submission_id)

    def _compare(
        self,
        submission: Submission,
        competition: Competition,
        lane: ModelRunner,
        tensorflow: ModelRunner,
        cancelled: threading.Event,
    ) -> bool:
        """Compare the one that is ours for a while; False: something else goes first."""
        number = submission.id or 0
        try:
            self.scoring.containment.await_permission(PERMISSION_SECONDS)
            ours = self._values(submission, competition, lane, cancelled)
            self._judge(submission, competition, ours, tensorflow, cancelled)
        except Cancelled:
            self._leave(number)
            return False
        except Rejection as refused:  # by the lane, which has scored it: nothing to compare with
            log.info("oracle.silent", submission=submission.public_id, reason=refused.detail)
            self._settle(number, CheckState.UNKNOWN)
        except OURS as error:
            log.info("oracle.silent", submission=submission.public_id, reason=str(error))
            self._given_up.add(number)
            self._leave(number)
        return True

    def _judge(
        self,
        submission: Submission,
        competition: Competition,
        ours: NDArray[np.float32],
        tensorflow: ModelRunner,
        cancelled: threading.Event,
    ) -> None:
        number = submission.id or 0
        kind = self.installed.datasets.info(competition.dataset_hash).task.kind
        try:
            theirs = self._values(submission, competition, tensorflow, cancelled)
        except Rejection as refused:
            if refused.code in ROOM:
                self._settle(number, CheckState.UNKNOWN)
            else:
                self._differs(number, refused.detail, refused=True)
            return
        if apart := difference(ours, theirs, kind):
            self._differs(number, apart)
        else:
            self._settle(number, CheckState.AGREES)

    def _differs(self, number: int, apart: str, *, refused: bool = False) -> None:
        with self.installed.database.write() as session:
            left_lane.differs(session, number, apart, now=self.clock(), refused=refused)

    def _values(
        self,
        submission: Submission,
        competition: Competition,
        runner: ModelRunner,
        cancelled: threading.Event,
    ) -> NDArray[np.float32]:
        installed = self.installed
        examples = hidden_examples(installed.datasets, competition.dataset_hash, competition.metric)
        with installed.database.read() as session:
            preprocessing = preprocessing_of(session, submission)
        with installed.blobs.local(submission.sha256) as file:
            return self.scoring.predictor.values(
                file,
                examples,
                preprocessing=preprocessing,
                cancelled=cancelled,
                runner=runner,
            )

    def _settle(self, number: int, state: CheckState) -> None:
        with self.installed.database.write() as session:
            engine_checks.settle(session, number, state)

    def _leave(self, number: int) -> None:
        with self.installed.database.write() as session:
            engine_checks.release(session, number)


def lane_without(database: Database) -> Callable[[str], bool]:
    """Whether a set of layers, by its name, has left the lane."""

    def has_left(layers: str) -> bool:
        with database.read() as session:
            return engine_checks.has_left(session, layers)

    return has_left
