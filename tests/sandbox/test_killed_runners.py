"""Runners that somebody else kills, from the queue to the verdict: no innocent file is blamed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from heldout_runner.protocol import Job
from heldout_server.datasets.loaded import DIGITS
from heldout_server.jobs import ledger
from heldout_server.kit.errors import Rejection
from heldout_server.models import (
    FINAL_STATES,
    Competition,
    Participant,
    Score,
    State,
    Step,
    Submission,
    Verdict,
)
from heldout_server.prediction.containment import Containment
from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.predictor import Examples, Limits, Predictor
from heldout_server.prediction.runner import Inexplicable, NeverBegan, RunnerFailed
from heldout_server.prediction.speculative_run import HeadStarts
from heldout_server.processes.engines import embedded_engine
from heldout_server.processes.installation import Installation
from heldout_server.processes.model_scoring import Scoring
from sandboxed import IMAGES, predicted

PATIENCE_SECONDS = 120


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


@contextmanager
def killer(pool: RunnerPool, sign: signal.Signals, most: int = 1_000) -> Iterator[None]:
    """Sends `sign` to runners at work, to `most` of them at most, until the block ends."""
    over = threading.Event()

    def kill() -> None:
        left = most
        while left and not over.wait(0.3):
            if any((pool.folder / "slots").glob("*/model.keras")):
                for child in children(pool.zygote_pid()):
                    with suppress(ProcessLookupError):
                        os.kill(child, sign)
                left -= 1

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def predictor(pool: RunnerPool, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(pool, tmp_path_factory.mktemp("work"), Limits(10**8, 10**8, 10**7))


@pytest.fixture(scope="module")
def scoring(pool: RunnerPool, predictor: Predictor) -> Iterator[Scoring]:
    containment = Containment(pool, secret=None, accepts_risk=True)
    containment.start()
    containment.await_permission(PATIENCE_SECONDS)
    yield Scoring(pool, containment, predictor, HeadStarts(pool, containment, predictor), 1)
    containment.stop()


class TestOneRunner:
    @pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
    def test_that_is_killed_once_proves_nothing(
        self, pool: RunnerPool, models: Path, sign: signal.Signals
    ) -> None:
        with killer(pool, sign), pytest.raises(Inexplicable) as raised:
            predicted(pool, models, "endless")
        assert raised.value.trace.ended == sign.name

    def test_that_died_before_its_order_never_heard_of_the_file(self, pool: RunnerPool) -> None:
        with pool.bare_runner() as runner:
            runner.await_ready(time.monotonic() + PATIENCE_SECONDS, threading.Event())
            os.kill(runner.pid, signal.SIGKILL)
            assert runner.has_ended(PATIENCE_SECONDS)
            with pytest.raises(NeverBegan):
                runner.send(Job("/m", "/i", (10,), 0, 1))


class TestOutsideTheQueue:
    @pytest.fixture
    def examples(self, models: Path) -> Examples:
        images, labels = models / "images.npy", models / "labels.npy"
        return Examples(images, IMAGES, DIGITS, images, labels)

    def test_what_is_killed_every_time_is_our_fault(
        self, pool: RunnerPool, predictor: Predictor, models: Path, examples: Examples
    ) -> None:
        with killer(pool, signal.SIGTERM), pytest.raises(RunnerFailed):
            predictor.run_until_decided(
                models / "endless.keras", examples,
                preprocessing="0-1", cancelled=threading.Event(),
            )  # fmt: skip

    def test_the_same_crash_twice_is_theirs(
        self, pool: RunnerPool, predictor: Predictor, models: Path, examples: Examples
    ) -> None:
        with killer(pool, signal.SIGSEGV), pytest.raises(Rejection) as refused:
            predictor.run_until_decided(
                models / "endless.keras", examples,
                preprocessing="0-1", cancelled=threading.Event(),
            )  # fmt: skip
        assert refused.value.code == "crashed"


class TestInTheQueue:
    """The file never ends by itself, so that there is time to kill its runner."""

    @pytest.fixture
    def queued(self, installed: Installation, models: Path, clock: Callable[[], datetime]) -> int:
        digest = installed.blobs.put((models / "endless.keras").read_bytes())
        with installed.database.write() as session:
            return _queue(session, digest, clock())

    @pytest.fixture
    def run(
        self, installed: Installation, scoring: Scoring, clock: Callable[[], datetime]
    ) -> Iterator[Callable[[int], Submission]]:
        """Starts the engine and waits until the submission is final."""
        engine = embedded_engine(installed, scoring, clock)

        def until_final(submission_id: int) -> Submission:
            engine.start()
            deadline = time.monotonic() + PATIENCE_SECONDS
            while True:
                with installed.database.read() as session:
                    found = session.get_one(Submission, submission_id)
                if found.state in FINAL_STATES:
                    return found
                assert time.monotonic() < deadline, found
                time.sleep(0.1)

        yield until_final
        engine.stop()

    @pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
    def test_a_file_that_others_kill_is_an_error_of_ours(
        self,
        installed: Installation,
        pool: RunnerPool,
        queued: int,
        run: Callable[[int], Submission],
        sign: signal.Signals,
    ) -> None:
        with killer(pool, sign):
            found = run(queued)
        assert found.state == State.ERROR
        assert [one["ended"] for one in found.endings or ()] == [sign.name] * 3

    def test_a_file_that_crashes_every_time_is_refused(
        self,
        installed: Installation,
        pool: RunnerPool,
        queued: int,
        run: Callable[[int], Submission],
    ) -> None:
        with killer(pool, signal.SIGSEGV):
            found = run(queued)
        assert (found.state, found.attempt) == (State.REJECTED, 2)
        with installed.database.read() as session:
            assert session.get_one(Verdict, queued).code == "crashed"

    def test_a_crash_that_may_be_an_accident_takes_no_score_away(
        self,
        installed: Installation,
        pool: RunnerPool,
        queued: int,
        run: Callable[[int], Submission],
    ) -> None:
        with installed.database.write() as session:
            session.add(
                Score(
                    submission_id=queued, split="public", score=0.9, examples=10, error_count=1,
                    metrics={},
                )
            )  # fmt: skip
        with killer(pool, signal.SIGSEGV):
            found = run(queued)
        assert found.state == State.SCORED
        with installed.database.read() as session:
            assert session.get_one(Score, (queued, "public")).score == 0.9

    def test_one_kill_is_forgotten_when_the_next_attempt_decides(
        self,
        installed: Installation,
        pool: RunnerPool,
        queued: int,
        run: Callable[[int], Submission],
    ) -> None:
        with killer(pool, signal.SIGKILL, most=1):
            found = run(queued)
        assert found.state == State.REJECTED
        with installed.database.read() as session:
            assert session.get_one(Verdict, queued).code == "timeout"  # as the file deserves


def _queue(session: Session, digest: str, now: datetime) -> int:
    competition = session.execute(select(Competition)).scalar_one()
    person = Participant(
        public_id="p_ada", competition_id=competition.id, name="Ada", name_key="ada",
        token_hash="ada", joined_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    submission = Submission(
        public_id="s_endless", participant_id=person.id, competition_id=competition.id,
        idempotency_key="one", kind="model", name="x", filename="x.keras", size_bytes=1,
        sha256=digest, created_at=now, queued_at=now,
    )  # fmt: skip
    ledger.enqueue(session, submission, step=Step.PREDICT, pool="cpu")
    assert submission.id is not None
    return submission.id
