"""Plain models where there is no sandbox: real processes, and words that are true."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from heldout_server.datasets.loaded import DIGITS
from heldout_server.kit.errors import Rejection
from heldout_server.kit.settings import Settings
from heldout_server.prediction.pool_port import Pool
from heldout_server.prediction.predictor import Examples, Limits, Predicted, Predictor
from heldout_server.prediction.runner import Cancelled, RunnerFailed
from heldout_server.prediction.two_engines import TwoEngines
from heldout_server.prediction.unconfined_pool import UnconfinedPool
from heldout_server.processes.model_scoring import make_pool, make_scoring
from onnx_files import honest, node

EXAMPLES = 20


@pytest.fixture
def examples(tmp_path: Path) -> Examples:
    images, labels = tmp_path / "images.npy", tmp_path / "labels.npy"
    np.save(images, np.zeros((EXAMPLES, 28, 28), np.uint8))
    np.save(labels, np.zeros(EXAMPLES, np.uint8))
    return Examples(images, EXAMPLES, DIGITS, images, labels)


def pool(**settings: object) -> Pool:
    return make_pool(Settings(threads_per_model=1, **settings), platform="darwin")


def run(content: bytes, examples: Examples, cancelled: bool = False) -> Predicted:
    file = examples.inputs.with_name("model.onnx")
    file.write_bytes(content)
    predictor = Predictor(pool(), file.parent, Limits(50_000_000, 16_000_000, 50_000_000))
    stop = threading.Event()
    if cancelled:
        stop.set()
    return predictor.run_until_decided(file, examples, preprocessing="0-1", cancelled=stop)


class TestPredict:
    def test_a_plain_model_is_scored_by_an_ordinary_process(self, examples: Examples) -> None:
        found = run(honest(), examples)
        assert found.predictions.classes.shape == (EXAMPLES,)
        assert found.receipt["engine"] == "onnxruntime"

    def test_a_model_that_cannot_run_is_refused_in_the_same_words(self, examples: Examples) -> None:
        with pytest.raises(Rejection) as found:
            run(honest(nodes=[node("MatMul", ["x", "x"], ["y"])]), examples)
        assert found.value.code == "output_shape"

    def test_stops_when_the_claim_is_lost(self, examples: Examples) -> None:
        with pytest.raises(Cancelled):
            run(honest(), examples, cancelled=True)


class TestPool:
    def test_is_the_lane_alone_and_never_tensorflow(self) -> None:
        found = pool(engine="tensorflow")
        assert isinstance(found, TwoEngines)
        assert isinstance(found.lane, UnconfinedPool)
        assert found.tensorflow is None
        assert found.has_idle_runner()
        found.close()

    def test_claims_no_sandbox(self) -> None:
        for ask in (pool().self_test, pool().protection):
            with pytest.raises(RunnerFailed, match="the sandbox needs Linux, and this is macOS"):
                ask()


class TestContainment:
    @pytest.mark.parametrize("allowed", [True, False])
    def test_refuses_models_unless_plain_ones_are_allowed(
        self, tmp_path: Path, allowed: bool
    ) -> None:
        settings = Settings(allow_plain_uncontained=allowed)
        scoring = make_scoring(settings, tmp_path, secret=None, platform="darwin")
        scoring.start()
        try:
            if allowed:
                scoring.containment.await_permission(60)
            else:
                with pytest.raises(RunnerFailed, match="needs Linux"):
                    scoring.containment.await_permission(60)
        finally:
            scoring.stop()

    def test_the_setting_changes_nothing_where_there_is_a_sandbox(self, tmp_path: Path) -> None:
        settings = Settings(allow_plain_uncontained=True)
        scoring = make_scoring(settings, tmp_path, secret=None, platform="linux")
        assert not scoring.containment.accepts_risk
        scoring.pool.close()
