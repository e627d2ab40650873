from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from numpy.typing import NDArray
from sklearn import metrics
from typer.testing import CliRunner

from contests import add_column, numbers, penguins, read_csv, write_csv
from digit_files import parsed_digits
from heldout_server.cli.score import (
    NotAFile,
    ScoredContest,
    app,
    check_is_file,
    exit_code,
    known_variant,
    scored_receipt,
)
from heldout_server.datasets.loaded import DIGITS, LoadedDataset
from heldout_server.grading.prediction_hints import CHANCE
from heldout_server.kit.errors import Rejection
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
        images = np.zeros((200, 28, 28), np.uint8)
        dataset = LoadedDataset(
            "custom", "Custom", "", DIGITS, images, labels, images, labels, images, labels
        )
        contest = ScoredContest(dataset, "accuracy", ("macro_f1",), "auto", takes_models=True)
        np.save(path, given)
        parsed = parsed_digits(path, 200)
        predicted = Predicted(parsed, {"warnings": ["a note"], "output": parsed.output})
        return scored_receipt(path, predicted, contest)

    def test_says_that_predictions_look_like_chance(self, tmp_path: Path) -> None:
        shuffled = np.random.default_rng(0).integers(0, 10, 200).astype(np.uint8)
        receipt = self.receipt(tmp_path / "p.npy", shuffled)
        assert receipt["warnings"] == ["a note", CHANCE]

    def test_says_nothing_of_good_ones(self, tmp_path: Path) -> None:
        receipt = self.receipt(tmp_path / "p.npy", (np.arange(200) % 10).astype(np.uint8))
        assert (receipt["score"], receipt["warnings"]) == (1.0, ["a note"])

    def test_has_every_metric_by_the_name_that_was_written(self, tmp_path: Path) -> None:
        receipt = self.receipt(tmp_path / "p.npy", (np.arange(200) % 10).astype(np.uint8))
        assert receipt["metrics"] == {"accuracy": 1.0, "macro_f1": 1.0}
        assert receipt["direction"] == "higher"


class TestScoreOfAContest:
    """The command, on prediction files: what scikit-learn says of them."""

    def scored(self, folder: Path, *files: Path) -> tuple[int, list[dict[str, Any]]]:
        done = CliRunner().invoke(app, ["--contest", str(folder), *map(str, files)])
        return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]

    def test_a_loss_is_positive_and_lower_is_better(self, tmp_path: Path) -> None:
        folder = numbers(tmp_path / "contest", ("p", "q"))
        truth = np.array([row[1:] for row in read_csv(folder / "labels.csv")[1:]], float)
        guess = truth + np.random.default_rng(0).normal(size=truth.shape)
        ids = [row[0] for row in read_csv(folder / "test.csv")[1:]]
        rows = [[n, *pair] for n, pair in zip(ids, guess.tolist(), strict=True)]
        write_csv(tmp_path / "p.csv", ["id", "p", "q"], rows[::-1])
        code, (receipt,) = self.scored(folder, tmp_path / "p.csv")
        wanted = metrics.root_mean_squared_error(truth, guess)
        assert (code, receipt["status"], receipt["direction"]) == (0, "scored", "lower")
        assert receipt["score"] == pytest.approx(wanted, abs=1e-12)
        assert receipt["metrics"]["r2"] == pytest.approx(metrics.r2_score(truth, guess), abs=1e-12)
        assert receipt["metrics"]["neg_root_mean_squared_error"] == receipt["score"]

    def test_ignored_rows_count_for_nothing(self, tmp_path: Path) -> None:
        folder = penguins(tmp_path / "contest")
        usage = ["Public", "Private", "Ignored"] * 20
        order = sorted(range(60), key=lambda n: read_csv(folder / "labels.csv")[n + 1][1])
        spread = [usage[order.index(n)] for n in range(60)]
        add_column(folder / "labels.csv", "Usage", spread)
        rows = read_csv(folder / "labels.csv")[1:]
        guess = [[i, "Adelie" if u == "Ignored" else kind] for i, kind, u in rows]
        write_csv(tmp_path / "p.csv", ["id", "species"], guess)
        _, (receipt,) = self.scored(folder, tmp_path / "p.csv")
        assert receipt["score"] == 1.0
        assert receipt["metrics"]["neg_log_loss"] is None

    def test_a_file_of_another_task_is_rejected(self, tmp_path: Path) -> None:
        np.save(tmp_path / "p.npy", np.zeros((7, 2)))
        code, (receipt,) = self.scored(penguins(tmp_path / "contest"), tmp_path / "p.npy")
        assert (code, receipt["status"]) == (3, "rejected")

    def test_a_broken_contest_scores_nothing(self, tmp_path: Path) -> None:
        folder = penguins(tmp_path / "contest")
        (folder / "labels.csv").unlink()
        assert self.scored(folder, tmp_path / "p.npy") == (1, [])


class TestKnownVariant:
    def test_refuses_a_name_that_nothing_has(self) -> None:
        assert known_variant("auto") == "auto"
        with pytest.raises(typer.BadParameter, match="standardize"):
            known_variant("0-256")
