"""importing: folders as Kaggle, Hugging Face and Codabench have them, by their documentation."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import tomllib

from contests import CLASSES, add_column, penguins, read_csv, write_csv
from heldout_server.contests.check import check
from heldout_server.contests.importing import take
from heldout_server.contests.making import CannotMake
from heldout_server.contests.problems import Refused, refusing

NOW = datetime(2026, 11, 29, tzinfo=UTC)
METADATA = {
    "title": "Penguins of Palmer", "slug": "penguins-of-palmer",
    "briefDescription": "Which species is it?", "privacy": "PRIVATE", "disableKernels": False,
    "hackathon": False, "licenseId": None, "numPrizes": None, "reward": None,
}  # fmt: skip
CONF = {
    "COMPETITION_TYPE": "generic", "SUBMISSION_LIMIT": 5, "TIME_LIMIT": 10,
    "HARDWARE": "cpu-basic", "SELECTION_LIMIT": 3, "END_DATE": "2027-05-25",
    "EVAL_HIGHER_IS_BETTER": 1, "SUBMISSION_ID_COLUMN": "id", "SUBMISSION_COLUMNS": "id,pred",
    "SUBMISSION_ROWS": 60, "EVAL_METRIC": "accuracy_score", "LOGO": "", "DATASET": "",
}  # fmt: skip
YAML = """
version: 2
title: Penguins on the bench
description: Which species is it?
image: logo.png
terms: pages/terms.html
pages:
  - title: Overview
    file: pages/overview.html
  - title: Data
    file: pages/data.md
phases:
  - index: 0
    name: Development
    start: 2026-12-01 18:00:00
    end: 2026-12-01 19:00:00
    max_submissions_per_day: 7
    public_data: public_data
    tasks: [0]
  - index: 1
    name: Final
    start: 2026-12-01 19:00:00
    end: 2026-12-01 20:00:00
    max_submissions_per_day: 3
    tasks: [0]
tasks:
  - index: 0
    name: Species
    scoring_program: scoring_program.zip
    reference_data: reference_data.zip
leaderboards:
  - title: Results
    key: main
    columns:
      - {title: Duration, key: duration, index: 2, sorting: asc}
      - {title: Macro F1, key: f1_macro, index: 1, sorting: desc}
      - {title: Balanced accuracy, key: balanced_accuracy, index: 0, sorting: desc}
"""


def toml(folder: Path):
    return tomllib.loads((folder / "contest.toml").read_text(encoding="utf-8"))


def fine(folder: Path) -> bool:
    return refusing(check(folder, now=NOW)) == []


class TestKaggle:
    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        """As Kaggle's commands `init`, `pages create`, `data update`, `solution create` take it."""
        folder = tmp_path / "kaggle"
        penguins(folder / "data")
        (folder / "data" / "contest.toml").unlink()
        (folder / "data" / "labels.csv").rename(folder / "solution.csv")
        usage = ["Public", "Private", "Public", "Private", "Ignored"] * 12
        add_column(folder / "solution.csv", "Usage", usage)
        ids = [row[0] for row in read_csv(folder / "data" / "test.csv")[1:]]
        rows = [[one, "Adelie"] for one in ids]
        write_csv(folder / "data" / "sample_submission.csv", ["id", "species"], rows)
        (folder / "competition-metadata.json").write_text(json.dumps(METADATA), encoding="utf-8")
        (folder / "pages").mkdir()
        (folder / "pages" / "description.md").write_text("# About\n\nPenguins.", encoding="utf-8")
        (folder / "pages" / "rules.md").write_text("Be kind.", encoding="utf-8")
        return folder

    def test_takes_all_but_the_metric(self, source: Path, tmp_path: Path) -> None:
        taken = take("kaggle", source, tmp_path / "ours")
        found = toml(tmp_path / "ours")
        assert (found["title"], found["slug"]) == ("Penguins of Palmer", "penguins-of-palmer")
        assert found["task"] == {"kind": "multiclass"}
        assert (found["data"]["id"], found["data"]["target"]) == ("id", "species")
        assert "Penguins." in (tmp_path / "ours" / "overview.md").read_text()
        assert (tmp_path / "ours" / "rules.md").read_text().strip() == "Be kind."
        assert any("metric" in line for line in taken.asked)
        problems = refusing(check(tmp_path / "ours", now=NOW))
        assert [(one.code, one.file) for one in problems] == [("key_missing", "contest.toml")]

    def test_leaves_ignored_rows_out_and_says_so(self, source: Path, tmp_path: Path) -> None:
        taken = take("kaggle", source, tmp_path / "ours", metric="accuracy")
        assert "12 ignored rows are left out, of test as well" in taken.taken
        for name in ("labels.csv", "test.csv"):
            assert len(read_csv(tmp_path / "ours" / name)) == 49
        words = [row[-1] for row in read_csv(tmp_path / "ours" / "labels.csv")]
        assert (words.count("Public"), words.count("Private")) == (24, 24)
        assert fine(tmp_path / "ours")

    def test_without_answers_nothing_is_written(self, source: Path, tmp_path: Path) -> None:
        (source / "solution.csv").unlink()
        with pytest.raises(CannotMake, match="hidden answers"):
            take("kaggle", source, tmp_path / "ours")
        assert not (tmp_path / "ours").exists()


class TestHuggingFace:
    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        folder = penguins(tmp_path / "hub")
        (folder / "contest.toml").unlink()
        rows = read_csv(folder / "labels.csv")[1:]
        named = [[*row, "public" if n % 2 else "private"] for n, row in enumerate(rows)]
        write_csv(folder / "solution.csv", ["id", "pred", "split"], named)
        (folder / "labels.csv").unlink()
        (folder / "conf.json").write_text(json.dumps(CONF), encoding="utf-8")
        (folder / "COMPETITION_DESC.md").write_text("# Penguins\n\nHello.", encoding="utf-8")
        return folder

    def test_takes_everything(self, source: Path, tmp_path: Path) -> None:
        taken = take("huggingface", source, tmp_path / "ours")
        found = toml(tmp_path / "ours")
        assert found["title"] == "Penguins"
        assert (found["task"]["metric"], found["data"]["target"]) == ("accuracy", "species")
        assert (found["rules"]["quota_per_day"], found["rules"]["final_choices"]) == (5, 3)
        assert found["rules"]["closes"] == datetime(2027, 5, 25, tzinfo=UTC)
        assert taken.asked == []
        assert fine(tmp_path / "ours")

    def test_asks_for_a_metric_of_their_own(self, source: Path, tmp_path: Path) -> None:
        (source / "conf.json").write_text(
            json.dumps({**CONF, "EVAL_METRIC": "custom"}), encoding="utf-8"
        )
        taken = take("huggingface", source, tmp_path / "ours")
        assert any("custom" in line for line in taken.asked)

    def test_says_that_the_directions_differ(self, source: Path, tmp_path: Path) -> None:
        (source / "conf.json").write_text(
            json.dumps({**CONF, "EVAL_HIGHER_IS_BETTER": 0}), encoding="utf-8"
        )
        taken = take("huggingface", source, tmp_path / "ours")
        assert any("lower is better" in line for line in taken.asked)

    def test_what_is_no_json_is_said(self, source: Path, tmp_path: Path) -> None:
        (source / "conf.json").write_text("{", encoding="utf-8")
        with pytest.raises(CannotMake, match="no JSON"):
            take("huggingface", source, tmp_path / "ours")


class TestCodabench:
    @pytest.fixture
    def bundle(self, tmp_path: Path) -> Path:
        """A zip with zips in it, answers as one column without a header."""
        folder = tmp_path / "bundle"
        penguins(folder / "public_data")
        answers = [row[1] for row in read_csv(folder / "public_data" / "labels.csv")[1:]]
        for name in ("contest.toml", "labels.csv"):
            (folder / "public_data" / name).unlink()
        numbers = [CLASSES.index(one) for one in answers]
        train = read_csv(folder / "public_data" / "train.csv")
        body = [[*row[:-1], CLASSES.index(row[-1])] for row in train[1:]]
        write_csv(folder / "public_data" / "train.csv", train[0], body)
        rows = read_csv(folder / "public_data" / "test.csv")
        write_csv(folder / "public_data" / "test.csv", rows[0][1:], [row[1:] for row in rows[1:]])
        (folder / "competition.yaml").write_text(YAML, encoding="utf-8")
        (folder / "pages").mkdir()
        html = "<h1>Welcome</h1><script>alert(1)</script><p>To <b>penguins</b>.</p>"
        (folder / "pages" / "overview.html").write_text(html, encoding="utf-8")
        (folder / "pages" / "data.md").write_text("Measured.", encoding="utf-8")
        (folder / "pages" / "terms.html").write_text("<p>Be kind.</p>", encoding="utf-8")
        with zipfile.ZipFile(folder / "reference_data.zip", "w") as archive:
            archive.writestr("answers.txt", "\n".join(str(one) for one in numbers))
        with zipfile.ZipFile(folder / "scoring_program.zip", "w") as archive:
            archive.writestr("score.py", "raise SystemExit('never run')")
        path = tmp_path / "bundle.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.rglob("*")):
                archive.write(file, file.relative_to(folder).as_posix())
        return path

    def test_takes_texts_dates_limits_metrics_and_answers(
        self, bundle: Path, tmp_path: Path
    ) -> None:
        take("codabench", bundle, tmp_path / "ours")
        found = toml(tmp_path / "ours")
        assert found["title"] == "Penguins on the bench"
        assert found["task"]["metric"] == "balanced_accuracy"
        assert found["task"]["also"] == ["f1_macro"]
        assert found["rules"]["quota_per_day"] == 3
        assert found["rules"]["opens"] == datetime(2026, 12, 1, 18, tzinfo=UTC)
        assert found["rules"]["closes"] == datetime(2026, 12, 1, 20, tzinfo=UTC)
        overview = (tmp_path / "ours" / "overview.md").read_text()
        assert "# Welcome" in overview
        assert "**penguins**" in overview
        assert "alert" not in overview
        assert (tmp_path / "ours" / "rules.md").read_text().strip() == "Be kind."
        assert fine(tmp_path / "ours")

    def test_answers_may_be_an_array(self, bundle: Path, tmp_path: Path) -> None:
        folder = tmp_path / "unpacked"
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(folder)
        (folder / "reference_data.zip").unlink()
        (folder / "reference_data").mkdir()
        np.save(folder / "reference_data" / "y.npy", np.arange(60) % 3)
        edit = (folder / "competition.yaml").read_text().replace("data.zip", "data/")
        (folder / "competition.yaml").write_text(edit)
        take("codabench", folder, tmp_path / "ours")
        assert fine(tmp_path / "ours")

    @pytest.mark.parametrize("yaml", ["title: [", "- 1", "!!python/object/apply:os.system [ls]"])
    def test_what_is_no_bundle_is_said(self, yaml: str, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "competition.yaml").write_text(yaml)
        with pytest.raises(CannotMake):
            take("codabench", tmp_path / "in", tmp_path / "ours")


def test_an_unsafe_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("../conf.json", "{}")
    with pytest.raises(Refused):
        take("huggingface", tmp_path / "bad.zip", tmp_path / "ours")


def test_another_platform_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotMake, match="kaggle, huggingface, codabench"):
        take("evalai", tmp_path, tmp_path / "ours")
