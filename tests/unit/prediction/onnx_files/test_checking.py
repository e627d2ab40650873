"""Hostile ONNX files: each is refused, with its code and a way out, before anything runs it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from heldout_server.datasets.loaded import DIGITS
from heldout_server.kit.errors import FILE_CODES, Rejection
from heldout_server.prediction.onnx_files.checking import inspect_onnx
from heldout_server.prediction.onnx_files.refusals import in_words_of_onnx
from heldout_server.prediction.signature import Signature
from heldout_server.prediction.ways_out import WORKS_AT_HOME, with_way_out
from onnx_files import honest
from unit.prediction.onnx_files.hostile import CASES

# Their words come from the reader of ONNX files, or they aren't said of one.
OF_ITS_OWN = {"layer_not_allowed", "format_not_supported", "needs_tensorflow"}
OF_OTHERS = sorted(WORKS_AT_HOME - OF_ITS_OWN)
MNIST = Signature(DIGITS, (28, 28), "uint8")


def refused(folder: Path, content: bytes) -> Rejection:
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(Rejection) as found:
        inspect_onnx(folder / "model.onnx", most_parameters=10**6, input_shapes="(28, 28)")
    return found.value


class TestHostileFiles:
    @pytest.mark.parametrize("name", CASES)
    def test_are_refused_with_their_code(self, name: str, tmp_path: Path) -> None:
        content, code = CASES[name]
        found = refused(tmp_path, content)
        assert (found.code, found.code in FILE_CODES) == (code, True), found.detail
        for text in (found.detail, found.hint):
            assert text.isprintable()
            assert len(text) < 400
        assert "onnx" in found.hint.lower() or "client.submit(" in found.hint

    def test_are_many(self) -> None:
        assert len(CASES) >= 100

    def test_with_more_parameters_than_allowed(self, tmp_path: Path) -> None:
        (tmp_path / "model.onnx").write_bytes(honest())
        with pytest.raises(Rejection, match="7,850 parameters"):
            inspect_onnx(tmp_path / "model.onnx", most_parameters=7_849, input_shapes="")

    @pytest.mark.parametrize(
        ("name", "most"),
        [
            ("too many operators", "At most 5,000 operators."),
            ("a million tiny fields", "At most 150,000 names, settings and other parts."),
        ],
    )
    def test_are_told_which_bound_they_are_beyond(
        self, name: str, most: str, tmp_path: Path
    ) -> None:
        assert refused(tmp_path, CASES[name][0]).hint.startswith(most)

    @pytest.mark.parametrize(
        ("name", "said"),
        [("opset 12", "opset 12; 13 to 23 run"), ("no version of ML", "ai.onnx.ml 0; 1 to 5 run")],
    )
    def test_are_told_which_versions_run(self, name: str, said: str, tmp_path: Path) -> None:
        assert said in refused(tmp_path, CASES[name][0]).detail


class TestWhatComesFromElsewhere:
    @pytest.mark.parametrize("code", OF_OTHERS)
    def test_ends_with_the_line_that_sends_what_this_file_predicts(self, code: str) -> None:
        refused = Rejection(code, "", "Make it smaller.")
        hint = with_way_out(in_words_of_onnx(refused, MNIST)).hint
        assert ("session.run" in hint, "model.predict" in hint) == (True, False)


class TestDamage:
    def test_of_any_kind_leads_to_a_refusal_or_to_a_model(self, tmp_path: Path) -> None:
        luck, whole = np.random.default_rng(7), honest()
        path = tmp_path / "model.onnx"
        for _ in range(400):
            damaged = bytearray(whole)
            # The weights are most of it, and any bytes will do for them.
            places = [*range(200), *range(len(damaged) - 200, len(damaged))]
            for place in luck.choice(places, luck.integers(1, 4)):
                damaged[place] = luck.integers(256)
            cut = luck.integers(len(damaged)) if luck.random() < 0.3 else len(damaged)
            path.write_bytes(damaged[:cut])
            with suppress(Rejection):
                inspect_onnx(path, most_parameters=10**6, input_shapes="").write(tmp_path / "out")
