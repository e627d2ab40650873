"""contest: the commands, from a CSV to an open contest and out again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contests import cell, penguins, read_csv, write_csv
from heldout_server.cli.contest import app


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELDOUT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


class TestCheck:
    def test_of_a_good_folder_exits_with_zero(self, tmp_path: Path) -> None:
        code, said = run("check", penguins(tmp_path / "c"))
        assert code == 0
        assert "a constant reaches" in said

    def test_lists_problems_as_json(self, tmp_path: Path) -> None:
        folder = penguins(tmp_path / "c")
        cell(folder / "labels.csv", 7, "species", "")
        code, said = run("check", folder, "--json")
        found = [one for one in json.loads(said) if one["severity"] == "problem"]
        assert code == 1
        assert [set(one) for one in found] == [{"file", "line", "code", "what", "cure", "severity"}]
        assert (found[0]["code"], found[0]["line"]) == ("label_missing", 7)

    def test_of_nothing_says_so(self, tmp_path: Path) -> None:
        code, said = run("check", tmp_path / "nowhere")
        assert (code, "folder_missing" in said) == (1, True)


class TestFromATableToAnOpenContest:
    def test_and_out_again(self, tmp_path: Path) -> None:
        rows = [[n, n % 7, "abc"[n % 3]] for n in range(300)]
        write_csv(tmp_path / "my_data.csv", ["a", "b", "kind"], rows)
        made = tmp_path / "made"
        assert run("new", made, "--from", tmp_path / "my_data.csv", "--target", "kind")[0] == 0
        code, said = run("add", made, "--json")
        assert code == 0, said
        assert json.loads(said)["slug"] == "my-data"
        assert [one["slug"] for one in json.loads(run("list", "--json")[1])] == ["my-data"]
        assert run("export", "my-data", tmp_path / "out")[0] == 0
        labels = read_csv(tmp_path / "out" / "labels.csv")
        assert labels[0] == ["id", "kind", "Usage"]
        assert run("check", tmp_path / "out")[0] == 0
        assert run("add", tmp_path / "out")[0] == 1  # the address is taken
        assert run("add", tmp_path / "out", "--slug", "again")[0] == 0

    def test_a_broken_folder_adds_nothing(self, tmp_path: Path, data: Path) -> None:
        folder = penguins(tmp_path / "c")
        (folder / "labels.csv").unlink()
        code, said = run("add", folder, "--json")
        assert code == 1
        assert [one["code"] for one in json.loads(said)["problems"]] == ["file_missing"]
        assert json.loads(run("list", "--json")[1]) == []
        assert not (data / "labels").exists()

    def test_what_is_not_here_cannot_be_exported(self, tmp_path: Path) -> None:
        assert run("export", "nothing", tmp_path / "out")[0] == 1
        assert not (tmp_path / "out").exists()


class TestTemplates:
    def test_are_listed(self) -> None:
        code, said = run("templates")
        assert code == 0
        for name in ("digits", "breast-cancer", "diabetes", "wine", "mnist", "fashion-mnist"):
            assert name in said

    @pytest.mark.parametrize("name", ["digits", "breast-cancer", "diabetes", "wine"])
    def test_are_contests_whose_labels_are_public(self, name: str, tmp_path: Path) -> None:
        assert run("templates", name, tmp_path / name)[0] == 0
        assert 'labels_are = "public"' in (tmp_path / name / "contest.toml").read_text()
        assert run("check", tmp_path / name)[0] == 0

    def test_of_fashion_needs_a_path(self, tmp_path: Path) -> None:
        assert run("templates", "fashion-mnist", tmp_path / "f")[0] == 1
        assert not (tmp_path / "f").exists()

    def test_of_no_such_name_says_so(self, tmp_path: Path) -> None:
        assert run("templates", "titanic", tmp_path / "t")[0] == 1


def test_import_from_asks_for_what_is_missing(tmp_path: Path) -> None:
    folder = penguins(tmp_path / "theirs")
    (folder / "labels.csv").rename(folder / "solution.csv")
    code, said = run("import-from", "kaggle", folder, tmp_path / "ours", "--json")
    assert code == 0
    assert any("metric" in line for line in json.loads(said)["asked"])
    assert run("check", tmp_path / "ours")[0] == 1
