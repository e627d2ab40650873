"""The verdict on the sandbox: kept when there is one, else sought again."""

import threading

import pytest
from structlog.testing import capture_logs

from heldout_server.prediction import containment
from heldout_server.prediction.containment import CONTAINED, ESCAPED, UNAVAILABLE, Containment
from heldout_server.prediction.runner import RunnerFailed
from heldout_server.prediction.selftest import ProbeResult
from waiting import PATIENCE_SECONDS, run_until

HELD = ProbeResult("read_labels", "reads the labels", "refused", "refused", "")
BROKE_OUT = ProbeResult("read_labels", "reads the labels", "refused", "read", "")


class Pool:
    """A pool whose self-tests end as they are told, one after another."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.tests = 0

    def self_test(self, *, secret=None, thorough=False):
        self.tests += 1
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.fixture
def judge(monkeypatch):
    monkeypatch.setattr(containment, "SOON_SECONDS", 0.01)
    monkeypatch.setattr(containment, "AGAIN_SECONDS", 0.01)
    started = []

    def start(*outcomes):
        found = Containment(Pool(*outcomes), secret=None, accepts_risk=False)
        started.append(found)
        found.start()
        return found

    yield start
    for found in started:
        found.stop()


def test_a_zygote_that_died_is_tested_again(judge):
    found = judge(RunnerFailed("the zygote ended"), RuntimeError("?"), [HELD])
    run_until(lambda: found.verdict.state == CONTAINED)
    found.await_permission(1)
    assert found.refusal() is None


def test_one_that_died_once_is_no_reason_to_refuse(judge):
    found = judge(RunnerFailed("killed"), [HELD])
    assert found.refusal() is None
    found.await_permission(1)
    assert found.verdict.state == CONTAINED


def test_an_escape_is_final(judge):
    found = judge([BROKE_OUT], [HELD])
    run_until(lambda: found.verdict.state == ESCAPED)
    found.stop()
    assert found._pool.tests == 1
    with pytest.raises(RunnerFailed, match="did not hold read_labels"):
        found.await_permission(1)


def test_no_runner_at_all_is_said_while_it_is_tried_again(judge):
    found = judge(*[RunnerFailed("no TensorFlow")] * 500)
    run_until(lambda: found.verdict.state == UNAVAILABLE)
    assert found.refusal() == "no TensorFlow"


def test_begins_once(judge):
    found = judge([HELD])
    found.start()
    found.await_permission(PATIENCE_SECONDS)
    found.start()
    assert found._pool.tests == 1


def test_a_pool_that_is_being_closed_is_no_news(judge):
    closed = threading.Event()

    class Closing(Pool):
        def self_test(self, *, secret=None, thorough=False):
            assert closed.wait(PATIENCE_SECONDS)
            raise RunnerFailed("the runners are closed")

    found = Containment(Closing(), secret=None, accepts_risk=False)
    with capture_logs() as said:
        found.start()
        found.end()
        closed.set()
        found.stop()
    assert found.verdict.state == UNAVAILABLE
    assert not said
