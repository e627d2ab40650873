"""How a model answers practice examples: once run, then kept; busy and broken are told."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from heldout_server.jobs.ledger import JOBS_TOPIC
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, PracticeReading, Receipt, State, Submission
from heldout_server.prediction.prediction_arrays import ParsedPredictions
from heldout_server.prediction.runner import Cancelled, RunnerFailed
from heldout_server.processes.misread_practice import PracticeReader, QuietReading
from heldout_server.runs.practice import answered, written
from made_contests import open_contest, prices, spam, tags
from waiting import PATIENCE_SECONDS, run_until


@dataclass
class Reading:
    """Stands where the scoring machinery does: says the practice labels, all but a few right."""

    labels: Any
    wrong: int = 3
    runs: int = 0
    prepared: str = ""
    error: Exception | None = None
    lasts: bool = False
    begun: threading.Event = field(default_factory=threading.Event)
    containment: Any = field(
        default_factory=lambda: SimpleNamespace(await_permission=lambda _: None)
    )

    @property
    def predictor(self) -> Any:
        return self

    def run_until_decided(self, *_: Any, preprocessing: str, cancelled: Any) -> Any:
        self.runs += 1
        self.prepared = preprocessing
        self.begun.set()
        if self.lasts:
            assert cancelled.wait(PATIENCE_SECONDS), "nobody cancelled this"
            raise Cancelled
        if self.error is not None:
            raise self.error
        said = self.labels.astype(np.int64).copy()
        said[: self.wrong] = (said[: self.wrong] + 1) % 10
        return SimpleNamespace(predictions=ParsedPredictions(said, None, "labels", (), "model"))


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

    def test_keeps_every_answer_and_all_figures(self, installed, scoring, submission, competition):
        reading = PracticeReader(installed, scoring).read(submission, competition)
        assert int((answered(reading.said) != scoring.labels).sum()) == 3
        assert reading.metrics["error_count"] == 3
        assert np.array(reading.metrics["confusion_matrix"]).sum() == len(scoring.labels)

    @pytest.mark.parametrize("used", [None, "-1-1"])
    def test_prepares_inputs_as_for_the_score(
        self, installed, scoring, submission, competition, used
    ):
        with installed.database.write() as session:
            session.add(Receipt(submission_id=submission.id, data={"preprocessing": used}))
        PracticeReader(installed, scoring).read(submission, competition)
        assert scoring.prepared == (used or submission.preprocessing)

    def test_reads_again_what_an_older_version_has_read(
        self, installed, scoring, submission, competition
    ):
        with installed.database.write() as session:
            session.add(
                PracticeReading(submission_id=submission.id, examples=9, error_count=0, misread=[])
            )
        assert PracticeReader(installed, scoring).read(submission, competition).error_count == 3

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


class TestQuietReading:
    @pytest.fixture
    def quiet(self, installed, scoring):
        reader = PracticeReader(installed, scoring)
        return QuietReading(reader, installed.database, quiet_seconds=0.01)

    def kept(self, installed, submission):
        with installed.database.read() as session:
            return session.get(PracticeReading, submission.id)

    def test_leaves_the_turn_to_those_who_ask(self, scoring, submission, quiet):
        with quiet.reader._turn:
            assert quiet.read_next()
        assert scoring.runs == 1

    def test_reads_each_scored_model_once(self, installed, scoring, submission, quiet):
        assert quiet.read_next()
        assert self.kept(installed, submission).said == written(self.read_by(scoring))
        assert not quiet.read_next()
        assert scoring.runs == 1

    def read_by(self, scoring):
        said = scoring.labels.astype(np.int64)
        said[:3] = (said[:3] + 1) % 10
        return said

    @pytest.mark.parametrize(
        "changes",
        [{"kind": "predictions"}, {"state": State.REJECTED}, {"moderation": "hidden"}],
    )
    def test_leaves_what_nobody_looks_at(self, installed, submission, quiet, changes):
        with installed.database.write() as session:
            row = session.get_one(Submission, submission.id)
            for name, value in changes.items():
                setattr(row, name, value)
            session.add(row)
        assert not quiet.read_next()

    @pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
    def test_waits_while_somebody_else_does(self, installed, submission, quiet, state, clock):
        with installed.database.write() as session:
            waiting = Submission.model_validate(
                submission.model_dump()
                | {"id": None, "public_id": "s_next", "idempotency_key": "n" * 8, "state": state}
            )
            session.add(waiting)
        assert not quiet.read_next()

    def test_gives_up_what_cannot_be_run(self, scoring, submission, quiet):
        scoring.error = RunnerFailed("no runner")
        assert quiet.read_next()
        assert not quiet.read_next()
        assert scoring.runs == 1

    def test_ends_a_run_at_once_when_something_is_queued(
        self, installed, scoring, submission, quiet
    ):
        scoring.lasts = True
        quiet.start()
        try:
            assert scoring.begun.wait(PATIENCE_SECONDS)
            quiet._committed(frozenset({JOBS_TOPIC + "cpu"}))
            run_until(lambda: scoring.runs > 1)  # ended, and begun again when it is quiet
            assert self.kept(installed, submission) is None
            scoring.lasts = False
            quiet._committed(frozenset({JOBS_TOPIC + "cpu"}))
            run_until(lambda: self.kept(installed, submission))
        finally:
            quiet.stop()


@dataclass
class SaysItself:
    """Stands where the scoring machinery does, for a model that says what a test tells it to."""

    predictions: Any
    containment: Any = field(
        default_factory=lambda: SimpleNamespace(await_permission=lambda _: None)
    )

    @property
    def predictor(self) -> Any:
        return self

    def run_until_decided(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(predictions=self.predictions)


class TestByKind:
    """What is kept of tasks that aren't of ten digits."""

    def read(self, installed, clock, dataset, metric, said) -> PracticeReading:
        competition = open_contest(installed, dataset, metric=metric, now=clock())
        with installed.database.write() as session:
            made = Submission(
                public_id="s_kind", participant_id=1, competition_id=competition.id,
                idempotency_key="i" * 8, kind="model", name="m", filename="m.keras", size_bytes=3,
                sha256=installed.blobs.put(b"abc"), state=State.SCORED, created_at=clock(),
                queued_at=clock(),
            )  # fmt: skip
            session.add(made)
            session.flush()
        return PracticeReader(installed, SaysItself(said)).read(made, competition)

    def test_numbers(self, installed, clock, join):
        join()
        dataset = prices()
        said = (dataset.y_practice + np.arange(12)).reshape(-1, 1)
        predictions = ParsedPredictions(None, said, "numbers", (), "model")
        metric = "neg_root_mean_squared_error"
        reading = self.read(installed, clock, dataset, metric, predictions)
        assert reading.error_count is None
        wanted = math.sqrt((np.arange(12) ** 2).mean())
        assert reading.metrics["figures"][metric] == pytest.approx(wanted)
        curves = reading.metrics["curves"]
        assert len(curves["outputs"][0]["pairs"]) == 12
        assert [row[0] for row in curves["worst"][:2]] == [11, 10]
        assert (reading.misread, reading.said) == ([], "")

    def test_two_classes_and_a_metric_that_practice_examples_cannot_have(
        self, installed, clock, join
    ):
        """Practice examples of one class alone have no ROC AUC: accuracy is told instead."""
        join()
        dataset = replace(spam(), y_practice=np.ones(12, np.uint8))
        values = np.linspace(0.1, 0.9, 12).reshape(-1, 1)
        labels = (values[:, 0] > 0.5).astype(np.int64)
        predictions = ParsedPredictions(labels, values, "probabilities", (), "model")
        reading = self.read(installed, clock, dataset, "roc_auc", predictions)
        assert reading.error_count == 6
        assert reading.metrics["figures"] == {"accuracy": 0.5}
        assert reading.metrics["curves"] == {}

    def test_two_classes(self, installed, clock, join):
        join()
        dataset = spam()
        values = dataset.y_practice.astype(np.float64).reshape(-1, 1)
        labels = dataset.y_practice.astype(np.int64)
        predictions = ParsedPredictions(labels, values, "probabilities", (), "model")
        reading = self.read(installed, clock, dataset, "roc_auc", predictions)
        assert reading.metrics["figures"] == {"roc_auc": 1.0}
        assert reading.metrics["curves"]["roc"] == [[0, 0], [0, 1], [1, 1]]
        assert np.array(reading.metrics["confusion_matrix"]).sum() == 12

    def test_several_labels(self, installed, clock, join):
        join()
        dataset = tags()
        said = dataset.y_practice.astype(np.int64)
        said[0] = 1 - said[0]
        predictions = ParsedPredictions(said, None, "labels", (), "model")
        reading = self.read(installed, clock, dataset, "f1_samples", predictions)
        assert reading.error_count == 1
        curves = reading.metrics["curves"]
        assert [row[0] for row in curves["wrong"]] == [0]
        assert len(curves["labels"]) == 3


def test_answers_of_hundreds_of_classes_are_kept_whole() -> None:
    labels = np.array([0, 999, 256])
    assert answered(written(labels)).tolist() == [0, 999, 256]
