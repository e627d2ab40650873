from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.prediction_arrays import ParsedPredictions
from heldout_server.prediction.predictor import Predicted, UsePredictions
from heldout_server.prediction.runner import Cancelled
from heldout_server.prediction.speculative_run import HeadStart
from waiting import PATIENCE_SECONDS

PARSED = ParsedPredictions(np.zeros(3, np.int64), None, "labels", "npy", ())
PREDICTED = Predicted(PARSED, {"seconds": {}})


def begun(work: Callable[..., Predicted]) -> HeadStart:
    started = HeadStart()
    threading.Thread(target=partial(started.run, work), daemon=True).start()
    return started


def good(*, cancelled: threading.Event, use: UsePredictions) -> Predicted:
    use(PARSED)
    return PREDICTED


def refused(*, cancelled: threading.Event, use: UsePredictions) -> Predicted:
    raise Rejection("input_shape", "It takes no image.", "Give it one.")


def endless(*, cancelled: threading.Event, use: UsePredictions) -> Predicted:
    assert cancelled.wait(PATIENCE_SECONDS)
    raise Cancelled


class TestHeadStart:
    def test_gives_the_predictions_first_and_then_the_rest(self) -> None:
        used: list[ParsedPredictions] = []
        assert begun(good).predicted(threading.Event(), used.append) is PREDICTED
        assert used == [PARSED]

    def test_raises_what_the_run_raised(self) -> None:
        with pytest.raises(Rejection) as rejection:
            begun(refused).predicted(threading.Event(), lambda _: None)
        assert rejection.value.code == "input_shape"

    def test_ends_the_run_when_the_claim_is_lost(self) -> None:
        lost = threading.Event()
        lost.set()
        started = begun(endless)
        with pytest.raises(Cancelled):
            started.predicted(lost, lambda _: None)
        assert started.cancelled.is_set()
