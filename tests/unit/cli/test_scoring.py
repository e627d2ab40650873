from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer

from heldout_server.cli.scoring import NotAFile, check_is_file, exit_code, known_variant
from heldout_server.errors import Rejection


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


class TestKnownVariant:
    def test_refuses_a_name_that_nothing_has(self) -> None:
        assert known_variant("auto") == "auto"
        with pytest.raises(typer.BadParameter, match="standardize"):
            known_variant("0-256")
