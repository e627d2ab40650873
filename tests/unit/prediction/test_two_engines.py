"""Which of two engines runs a model, by pools that answer as they are told."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from heldout_runner.protocol import OK, Header
from heldout_server.datasets.loaded import DIGITS
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.runner import (
    Cancelled,
    NeedsTensorFlow,
    NeverBegan,
    NotKnownHere,
    RunnerResult,
    RunOrder,
    SupervisorDied,
)
from heldout_server.prediction.signature import Signature
from heldout_server.prediction.two_engines import TwoEngines, chosen, lanes_device

PLAIN = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {}}]}}
OTHER = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Embedding"}]}}


@dataclass
class Pool:
    """Answers every order with the same, or raises it."""

    answer: Any
    tests: Any = ()
    asked: list[RunOrder] = field(default_factory=list)

    def predict(self, order: RunOrder, cancelled: threading.Event, use: Any = None) -> Any:
        self.asked.append(order)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def self_test(self, **_: Any) -> Any:
        if isinstance(self.tests, Exception):
            raise self.tests
        return list(self.tests)

    def close(self) -> None:
        """Nothing runs."""


def order(config: dict[str, Any] = PLAIN) -> RunOrder:
    signature = Signature(DIGITS, (28, 28), "uint8")
    nowhere = Path("/nowhere")
    return RunOrder(nowhere, nowhere, 1, signature, "auto", nowhere, nowhere, config=config)


def ran(lane: Any, tensorflow: Any = "tensorflow", **told: Any) -> tuple[Any, int, int]:
    """What came back, and how often each engine was asked."""
    first, second = Pool(lane), None if tensorflow is None else Pool(tensorflow)
    given = told.pop("order", order())
    found = TwoEngines(first, second, **told).predict(given, threading.Event())
    return found, len(first.asked), len(second.asked) if second else 0


class TestAPlainModel:
    def test_is_the_lanes(self) -> None:
        assert ran("lane") == ("lane", 1, 0)

    @pytest.mark.parametrize(
        "said",
        [
            NotKnownHere("a setting"),
            Rejection("non_finite", "", ""),
            NeverBegan("no runner"),
            SupervisorDied("gone"),
        ],
    )
    def test_is_tensorflows_when_the_lane_has_no_score(self, said: Exception) -> None:
        assert ran(said) == ("tensorflow", 1, 1)

    @pytest.mark.parametrize("said", [Rejection("timeout", "", ""), Cancelled()])
    def test_is_over_when_its_time_is(self, said: Exception) -> None:
        with pytest.raises(type(said)):
            ran(said)

    def test_is_tensorflows_once_its_layers_have_left_the_lane(self) -> None:
        scored = RunnerResult(np.zeros((1, 1), np.float32), Header(OK), 0, 0)
        found, *asked = ran("lane", scored, has_left="Dense".__eq__)
        assert asked == [0, 1]
        assert found.note.startswith("Scored by TensorFlow")


class TestAnotherModel:
    def test_is_told_before_any_process_is_asked(self) -> None:
        assert ran("lane", order=order(OTHER)) == ("tensorflow", 0, 1)


class TestAnOnnxFile:
    def test_is_the_lanes_alone(self) -> None:
        given = order({"class_name": "OnnxGraph", "config": {}})
        assert ran("lane", order=given) == ("lane", 1, 0)
        with pytest.raises(Rejection):
            ran(Rejection("load_failed", "", ""), order=given)

    def test_is_the_lanes_where_keras_models_are_tensorflows(self) -> None:
        assert ran(
            "lane", order=order({"class_name": "OnnxGraph", "config": {}}), takes_plain=False
        ) == ("lane", 1, 0)
        assert ran("lane", takes_plain=False) == ("tensorflow", 0, 1)


class TestWithoutTensorFlow:
    def test_plain_models_are_scored(self) -> None:
        assert ran("lane", None) == ("lane", 1, 0)

    def test_others_are_refused_with_what_to_install(self) -> None:
        with pytest.raises(Rejection) as refused:
            ran("lane", None, order=order(OTHER))
        assert refused.value.code == "needs_tensorflow"
        assert "Embedding" in refused.value.detail
        assert "pip install" in refused.value.hint

    def test_the_lanes_own_refusals_stand(self) -> None:
        with pytest.raises(Rejection) as refused:
            ran(Rejection("output_shape", "", ""), None)
        assert refused.value.code == "output_shape"

    def test_others_wait_where_another_worker_may_have_it(self) -> None:
        with pytest.raises(NeedsTensorFlow, match="a setting"):
            ran(NotKnownHere("a setting"), None, others_have_it=True)


class TestSelfTest:
    def test_a_lane_that_cannot_start_is_out(self) -> None:
        lane, tensorflow = Pool("lane", NeverBegan("no wheel")), Pool("tensorflow", ["held"])
        both = TwoEngines(lane, tensorflow)
        assert both.self_test() == ["held"]
        assert both.predict(order(), threading.Event()) == "tensorflow"
        lane.tests = ["held, too"]
        assert both.self_test() == ["held, too", "held"]
        assert both.predict(order(), threading.Event()) == "lane"

    def test_a_lane_that_is_being_closed_is_no_news(self) -> None:
        both = TwoEngines(Pool("lane", NeverBegan("closed")), Pool("tensorflow", ["held"]))
        both.close()
        with capture_logs() as said, pytest.raises(NeverBegan):
            both.self_test()
        assert not said

    def test_alone_it_has_to_start(self) -> None:
        with pytest.raises(NeverBegan):
            TwoEngines(Pool("lane", NeverBegan("no wheel")), None).self_test()


class TestChosen:
    @pytest.mark.parametrize(
        ("wanted", "installed", "engines"),
        [
            ("auto", {"tensorflow", "onnxruntime"}, ("onnxruntime", "tensorflow")),
            ("auto", {"tensorflow"}, ("tensorflow",)),
            ("auto", {"onnxruntime"}, ("onnxruntime",)),
            ("auto", set(), ("tensorflow",)),
            ("tensorflow", {"onnxruntime"}, ("tensorflow",)),
            ("onnxruntime", {"tensorflow", "onnxruntime"}, ("onnxruntime",)),
        ],
    )
    def test_is_what_is_wanted_and_installed(
        self, wanted: str, installed: set[str], engines: tuple[str, ...]
    ) -> None:
        assert chosen(wanted, "cpu", installed.__contains__) == engines

    @pytest.mark.parametrize("device", ["auto", "gpu:1"])
    def test_leaves_a_gpu_to_tensorflow(self, device: str, with_a_gpu: Path) -> None:
        assert chosen("auto", device, lambda _: True, with_a_gpu) == ("tensorflow",)

    @pytest.mark.parametrize("device", ["auto", "gpu", "cpu"])
    def test_does_without_tensorflow_on_a_machine_that_has_a_gpu(
        self, device: str, with_a_gpu: Path
    ) -> None:
        assert chosen("auto", device, {"onnxruntime"}.__contains__, with_a_gpu) == ("onnxruntime",)

    @pytest.mark.parametrize(
        ("device", "engines", "has_cuda", "used"),
        [
            ("auto", ("onnxruntime",), True, "cpu"),
            ("gpu:1", ("onnxruntime",), True, "gpu:1"),
            ("gpu", ("onnxruntime",), False, "cpu"),
            ("gpu", ("onnxruntime", "tensorflow"), True, "cpu"),
            ("cpu", ("onnxruntime",), True, "cpu"),
        ],
    )
    def test_has_the_lane_on_a_gpu_only_by_name_and_where_it_can_use_one(
        self, device: str, engines: tuple[str, ...], has_cuda: bool, used: str
    ) -> None:
        assert lanes_device(device, engines, has_cuda=has_cuda) == used


@pytest.fixture
def with_a_gpu(tmp_path: Path) -> Path:
    (tmp_path / "nvidia0").touch()
    return tmp_path
