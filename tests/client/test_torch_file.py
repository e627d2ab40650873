"""PyTorch modules that are sent as ONNX files, and those that predict at home all the same."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import heldout
from client.fake_data import species, yes_or_no
from client.fake_server import CHECKED, FakeServer, as_json, refuse, rejected
from client.stand_ins import Exporters, Net, TorchTensor, TracerWarning, torch_package


@pytest.fixture
def exporters(monkeypatch: pytest.MonkeyPatch) -> Exporters:
    found = Exporters()
    monkeypatch.setitem(sys.modules, "torch", torch_package(found))
    return found


def opened(server: FakeServer) -> list[tuple[str, str]]:
    return [(each["kind"], each["filename"]) for each in server.announcements]


FILE = ("model", "model.onnx")
PREDICTIONS = ("predictions", "predictions.npy")


class TestAModule:
    def test_is_sent_as_a_file_and_tells_what_it_is(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters,
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        server.data = species()
        model = Net(np.eye(3))
        client.submit(model, preprocessing="standardize", epochs=3)
        assert opened(server) == [FILE]
        assert server.files["s1"] == b"by the older"
        assert server.announcements[0]["preprocessing"] == "standardize"
        card = server.announcements[0]["run_card"]
        assert card["hyperparameters"]["framework"] == "PyTorch"
        assert card["hyperparameters"]["parameters"] == 9
        assert card["hyperparameters"]["epochs"] == 3
        assert "predicted_at_home" not in card
        assert "Net (PyTorch) is sent as an ONNX file of 12 bytes" in capsys.readouterr().out

    def test_is_exported_as_it_is_used_and_left_as_it_was(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters
    ) -> None:
        server.data = species()
        model = Net(np.eye(3))
        client.submit(model)
        assert exporters.were_training == [False]
        assert model.training
        assert TorchTensor.tracking

    def test_is_sent_as_it_was_before_it_was_compiled(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters
    ) -> None:
        server.data = species()
        compiled = Net(np.eye(3))
        compiled._orig_mod = Net(np.eye(3))
        client.submit(compiled)
        assert exporters.were_exported == [compiled._orig_mod]

    @pytest.mark.parametrize("trouble", [RuntimeError("unsupported"), TracerWarning])
    def test_is_exported_by_the_newer_one_where_the_older_cannot(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters, trouble: Any
    ) -> None:
        exporters.answers[False] = trouble
        server.data = species()
        client.submit(Net(np.eye(3)))
        assert exporters.asked == [False, True]
        assert server.files["s1"] == b"by the newer"


class TestPredictsAtHome:
    def test_where_no_exporter_can(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters,
        capfd: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        exporters.answers = {False: RuntimeError(), True: ImportError("onnxscript")}
        server.data = species()
        client.submit(Net(np.eye(3)))
        assert opened(server) == [PREDICTIONS]
        said = capfd.readouterr()
        assert "whole graph" not in said.out
        assert "Predicted at home" in said.out

    def test_where_more_than_a_tensor_comes_out(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        server.data = species()
        whole = Net.forward
        monkeypatch.setattr(Net, "forward", lambda self, x: (whole(self, x), "attention"))
        client.submit(Net(np.eye(3)))
        assert (exporters.asked, opened(server)) == ([], [PREDICTIONS])

    def test_where_practice_has_to_tell_which_class_it_learned(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters
    ) -> None:
        server.data = yes_or_no()  # the positive class is number 0
        client.submit(Net(np.ones((3, 1))))
        assert (exporters.asked, opened(server)) == ([], [PREDICTIONS])

    def test_where_the_contest_takes_predictions_alone(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters
    ) -> None:
        server.data = species()
        server.before = [("POST /submissions", refuse("kind_not_accepted", 415))]
        client.submit(Net(np.eye(3)))
        assert opened(server)[-1] == PREDICTIONS

    @pytest.mark.parametrize("code", ["layer_not_allowed", "needs_onnxruntime"])
    def test_where_the_server_does_not_score_the_file(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters, code: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        server.data = species()
        server.verdict_on_models = rejected(code, detail="The operator Frob.")
        found = client.submit(Net(np.eye(3)))
        assert opened(server) == [FILE, PREDICTIONS]
        assert found.error is None
        assert "As a file it isn't scored: The operator Frob." in capsys.readouterr().out


class TestCheck:
    def test_is_of_what_would_be_sent(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters
    ) -> None:
        server.data = species()
        assert client.check(Net(np.eye(3))).kind == "model"
        assert server.calls("POST /checks")[0].content == b"by the older"
        refusal = as_json({**CHECKED, **rejected("layer_not_allowed")})
        server.before = [("POST /checks", lambda _: refusal)]
        assert client.check(Net(np.eye(3))).kind == "predictions"


class TestVerdicts:
    def test_on_the_module_itself_stand(
        self, client: heldout.Client, server: FakeServer, exporters: Exporters
    ) -> None:
        server.data = species()
        server.verdict_on_models = rejected("non_finite")
        found = client.submit(Net(np.eye(3)))
        assert opened(server) == [FILE]
        assert found.error is not None
        assert found.error.code == "non_finite"
