"""The practice digits that a model misreads: once run, then kept; busy and broken are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from heldout_server.errors import ProblemError
from heldout_server.models import Competition, State, Submission
from heldout_server.practice_reading import PracticeReader
from heldout_server.prediction.runner import RunnerFailed


@dataclass
class Reading:
    """Stands where the scoring machinery does: says the practice labels, all but a few right."""

    labels: Any
    wrong: int = 3
    runs: int = 0
    error: Exception | None = None
    containment: Any = field(
        default_factory=lambda: SimpleNamespace(await_permission=lambda _: None)
    )

    @property
    def predictor(self) -> Any:
        return self

    def run(self, *_: Any, **__: Any) -> Any:
        self.runs += 1
        if self.error is not None:
            raise self.error
        said = self.labels.astype(np.int64).copy()
        said[: self.wrong] = (said[: self.wrong] + 1) % 10
        return SimpleNamespace(predictions=SimpleNamespace(labels=said))


@pytest.fixture
def submission(installed, clock, join):
    join()
    with installed.database.write() as session:
        made = Submission(
            public_id="s_model", participant_id=1, competition_id=1, idempotency_key="k" * 8,
            kind="model", name="m", filename="m.keras", size_bytes=3,
            sha256=installed.blobs.put(b"abc"), state=State.SCORED, created_at=clock(),
            queued_at=clock(),
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made


@pytest.fixture
def scoring(installed):
    with installed.database.read() as session:
        competition = session.get_one(Competition, 1)
    return Reading(installed.datasets.practice(competition.dataset_hash)[1])


@pytest.fixture
def competition(installed):
    with installed.database.read() as session:
        return session.get_one(Competition, 1)


class TestRead:
    def test_names_what_is_misread_and_runs_once(self, installed, scoring, submission, competition):
        reader = PracticeReader(installed, scoring)
        first = reader.read(submission, competition)
        again = reader.read(submission, competition)
        assert first.error_count == again.error_count == 3
        assert [row[0] for row in again.misread] == [0, 1, 2]
        assert all(said == (label + 1) % 10 for _, label, said in again.misread)
        assert scoring.runs == 1

    def test_a_failed_runner_is_unavailable(self, installed, scoring, submission, competition):
        scoring.error = RunnerFailed("no runner")
        reader = PracticeReader(installed, scoring)
        with pytest.raises(ProblemError) as refused:
            reader.read(submission, competition)
        assert refused.value.code == "unavailable"
        scoring.error = None
        assert reader.read(submission, competition).error_count == 3

    def test_one_at_a_time(self, installed, scoring, submission, competition):
        reader = PracticeReader(installed, scoring)
        with reader._turn, pytest.raises(ProblemError) as refused:
            reader.read(submission, competition)
        assert refused.value.retry_after_seconds

    def test_a_file_that_is_gone_is_told(self, installed, scoring, submission, competition):
        installed.blobs.path(submission.sha256).unlink()
        with pytest.raises(ProblemError) as refused:
            PracticeReader(installed, scoring).read(submission, competition)
        assert refused.value.code == "not_found"
