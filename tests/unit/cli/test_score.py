from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from numpy.typing import NDArray

from heldout_server.cli.score import (
    NotAFile,
    check_is_file,
    exit_code,
    known_variant,
    scored_receipt,
)
from heldout_server.grading.prediction_hints import CHANCE
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.prediction_files import parse_predictions
from heldout_server.prediction.predictor import Predicted


class TestCheckIsFile:
    def test_accepts_a_file_and_a_link_to_one(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("7")
        (tmp_path / "link").symlink_to("file")
        check_is_file(tmp_path / "file")
        check_is_file(tmp_path / "link")

    def test_never_waits_at_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(NotAFile):
            check_is_file(tmp_path / "pipe")

    def test_misses_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            check_is_file(tmp_path / "none")

    def test_knows_a_saved_model_folder(self, tmp_path: Path) -> None:
        (tmp_path / "saved_model.pb").touch()
        with pytest.raises(Rejection) as refused:
            check_is_file(tmp_path)
        assert refused.value.code == "format_not_supported"
        assert "model.save" in refused.value.hint

    def test_refuses_any_other_folder(self, tmp_path: Path) -> None:
        with pytest.raises(Rejection) as refused:
            check_is_file(tmp_path)
        assert refused.value.code == "not_a_keras_file"


class TestExitCode:
    @pytest.mark.parametrize(
        ("statuses", "code"),
        [
            (["scored"], 0),
            (["rejected"], 3),
            (["error"], 1),
            (["scored", "rejected"], 0),
            (["rejected", "error"], 1),
        ],
    )
    def test_tells_their_fault_from_ours(self, statuses: list[str], code: int) -> None:
        assert exit_code(statuses) == code


class TestScoredReceipt:
    def receipt(self, path: Path, given: NDArray[np.uint8]) -> dict[str, Any]:
        labels = (np.arange(200) % 10).astype(np.uint8)
        np.save(path, given)
        parsed = parse_predictions(path, examples=200)
        predicted = Predicted(parsed, {"warnings": ["a note"], "output": parsed.output})
        return scored_receipt(path, predicted, labels, 10)

    def test_says_that_predictions_look_like_chance(self, tmp_path: Path) -> None:
        shuffled = np.random.default_rng(0).integers(0, 10, 200).astype(np.uint8)
        receipt = self.receipt(tmp_path / "p.npy", shuffled)
        assert receipt["warnings"] == ["a note", CHANCE]

    def test_says_nothing_of_good_ones(self, tmp_path: Path) -> None:
        receipt = self.receipt(tmp_path / "p.npy", (np.arange(200) % 10).astype(np.uint8))
        assert (receipt["score"], receipt["warnings"]) == (1.0, ["a note"])


class TestKnownVariant:
    def test_refuses_a_name_that_nothing_has(self) -> None:
        assert known_variant("auto") == "auto"
        with pytest.raises(typer.BadParameter, match="standardize"):
            known_variant("0-256")
