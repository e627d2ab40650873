"""TensorFlow's second opinion on scores of the lane, by engines that answer as they are told."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from heldout_server.jobs import alerts
from heldout_server.kit.errors import Rejection
from heldout_server.models import Alert, Competition, EngineCheck, Receipt, State, Submission
from heldout_server.prediction.runner import Cancelled, RunnerFailed
from heldout_server.prediction.two_engines import TwoEngines
from heldout_server.processes.oracle import Oracle, lane_without
from heldout_server.submissions import engine_checks, left_lane, outcomes

DENSE = {"engine": "onnxruntime", "graph": "g1", "layers": "Dense", "preprocessing": "0-1"}
OURS = np.eye(10, dtype=np.float32)


@dataclass
class Asked:
    """Stands where the predictor does: gives what an engine is told to say."""

    asked: list[tuple[str, str]]

    def values(self, file: Any, examples: Any, *, preprocessing: str, runner: Any, **_: Any) -> Any:
        self.asked.append((runner.name, preprocessing))
        if isinstance(runner.says, Exception):
            raise runner.says
        return runner.says


@pytest.fixture
def submitted(installed, clock, join):
    """A scored model whose receipt is of the lane; how its file's digest begins tells the lot."""
    join()
    numbers = iter(range(1, 100))

    def submit(content: bytes = b"abc", **receipt: Any) -> int:
        number = next(numbers)
        with installed.database.write() as session:
            made = Submission(
                public_id=f"s_{number}", participant_id=1, competition_id=1, kind="model",
                idempotency_key=f"key-{number:04}", name="m", filename="m.keras", size_bytes=3,
                sha256=installed.blobs.put(content), state=State.SCORED, created_at=clock(),
                queued_at=clock(),
            )  # fmt: skip
            session.add(made)
            session.flush()
            outcomes.add_to_receipt(session, made.id, {**DENSE, **receipt})
            return made.id

    return submit


@pytest.fixture
def oracle(installed, clock):
    def make(theirs: Any = OURS, ours: Any = OURS) -> Oracle:
        lane = SimpleNamespace(name="lane", says=ours)
        tensorflow = SimpleNamespace(name="tensorflow", says=theirs)
        scoring = SimpleNamespace(
            pool=TwoEngines(lane, tensorflow),
            predictor=Asked([]),
            containment=SimpleNamespace(await_permission=lambda _: None),
        )
        return Oracle(installed, scoring, clock)

    return make


def state(installed, number: int) -> str:
    with installed.database.read() as session:
        return session.get_one(EngineCheck, number).state


def look(oracle: Oracle) -> bool:
    return oracle.look(threading.Event())


class TestWhatIsLookedAt:
    def test_is_every_new_graph_once(self, installed, submitted):
        first, again = submitted(), submitted()
        other = submitted(graph="g2")
        found = [state(installed, number) for number in (first, again, other)]
        assert found == ["waiting", "trusted", "waiting"]

    def test_is_one_file_in_so_many(self, installed, submitted, monkeypatch):
        submitted()
        monkeypatch.setattr(engine_checks, "ONE_IN", 1)
        assert state(installed, submitted()) == "waiting"

    def test_is_no_score_of_tensorflow(self, installed, submitted):
        number = submitted()
        with installed.database.write() as session:
            outcomes.add_to_receipt(session, number, {"engine": "tensorflow"})
            assert session.get(EngineCheck, number) is None
            assert session.get_one(Receipt, number).data["engine"] == "tensorflow"


class TestLook:
    def test_agrees(self, installed, submitted, oracle):
        number, looking = submitted(), oracle()
        assert look(looking)
        assert state(installed, number) == "agrees"
        assert looking.scoring.predictor.asked == [("lane", "0-1"), ("tensorflow", "0-1")]
        assert not look(looking)
        assert not lane_without(installed.database)("Dense")

    def test_takes_the_layers_out_of_the_lane(self, installed, submitted, oracle):
        differing, trusted, other = submitted(), submitted(), submitted(graph="g2", layers="Conv2D")
        assert look(oracle(np.roll(OURS, 1)))
        found = [state(installed, number) for number in (differing, trusted, other)]
        assert found == ["differs", "waiting", "waiting"]
        has_left = lane_without(installed.database)
        assert has_left("Dense")
        assert not has_left("Conv2D")
        with installed.database.read() as session:
            assert session.get_one(Submission, differing).state == State.QUEUED
            [alert] = session.execute(select(Alert)).scalars()
            assert alerts.is_open(session, "lane.differs")
        assert "Dense" in alert.detail
        assert "TensorFlow's score will stand" in alert.detail

    def test_looks_at_what_ran_in_the_lane_meanwhile(self, installed, submitted, oracle):
        first, trusted = submitted(), submitted()
        assert look(oracle(np.roll(OURS, 1)))
        late = submitted()
        assert [state(installed, one) for one in (first, trusted, late)] == [
            "differs", "waiting", "waiting",
        ]  # fmt: skip

    def test_layers_can_be_let_back(self, installed, submitted, oracle):
        first = submitted(layers="Conv2D Dense")
        assert look(oracle(np.roll(OURS, 1)))
        assert lane_without(installed.database)("Conv2D Dense")
        with installed.database.write() as session:
            session.get_one(Submission, first).state = State.SCORED  # the queue has run it
            assert [one.layers for one in left_lane.listing(session)] == ["Conv2D Dense"]
            assert left_lane.let_back(session, "Dense  Conv2D")
            assert not left_lane.let_back(session, "Conv2D Dense")
        assert not lane_without(installed.database)("Conv2D Dense")
        assert state(installed, submitted(layers="Conv2D Dense")) == "waiting"

    def test_keeps_a_score_that_tensorflow_refuses(self, installed, submitted, oracle):
        number = submitted()
        assert look(oracle(Rejection("load_failed", "No.", "")))
        assert lane_without(installed.database)("Dense")
        with installed.database.read() as session:
            assert session.get_one(Submission, number).state == State.SCORED
            [alert] = session.execute(select(Alert)).scalars()
        assert "its score stays until you decide" in alert.detail

    def test_changes_no_score_that_is_revealed(self, installed, submitted, oracle, clock):
        number = submitted()
        with installed.database.write() as session:
            session.get_one(Competition, 1).revealed_at = clock()
        assert look(oracle(np.roll(OURS, 1)))
        assert state(installed, number) == "differs"
        with installed.database.read() as session:
            assert session.get_one(Submission, number).state == State.SCORED

    def test_has_nothing_to_compare_with_where_the_lane_refuses(self, installed, submitted, oracle):
        number = submitted()
        assert look(oracle(ours=Rejection("timeout", "Too slow.", "")))
        assert state(installed, number) == "unknown"

    def test_alerts_once(self, installed, submitted, oracle, monkeypatch):
        monkeypatch.setattr(engine_checks, "ONE_IN", 1)
        numbers = submitted(), submitted()
        looking = oracle(np.roll(OURS, 1))
        assert look(looking)
        with installed.database.write() as session:
            first = session.get_one(Submission, numbers[0])
            first.state = State.SCORED  # the queue has run it
        assert look(looking)
        with installed.database.read() as session:
            assert len(session.execute(select(Alert)).scalars().all()) == 1
            assert session.get_one(Submission, numbers[1]).state == State.QUEUED

    @pytest.mark.parametrize("code", ["timeout", "out_of_memory"])
    def test_too_much_for_tensorflow_says_nothing(self, installed, submitted, oracle, code):
        number = submitted()
        assert look(oracle(Rejection(code, "Too much.", "")))
        assert state(installed, number) == "unknown"
        assert not lane_without(installed.database)("Dense")

    def test_goes_last(self, installed, submitted, oracle):
        number = submitted()
        assert not look(oracle(Cancelled()))
        assert state(installed, number) == "waiting"
        assert look(oracle())

    def test_gives_up_what_our_machinery_fails_on(self, installed, submitted, oracle):
        number, looking = submitted(), oracle(RunnerFailed("no runner"))
        assert look(looking)
        assert not look(looking)
        assert state(installed, number) == "waiting"
