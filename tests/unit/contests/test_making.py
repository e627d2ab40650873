"""making: one file with answers becomes a folder without a problem."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tomllib

from contests import read_csv, write_csv
from heldout_server.contests.check import check
from heldout_server.contests.folder_writing import NotEmpty
from heldout_server.contests.making import CannotMake, Wanted, guess_kind, new
from heldout_server.contests.problems import refusing
from heldout_server.tasks.kinds import Kind


@pytest.fixture
def table(tmp_path: Path) -> Path:
    random = np.random.default_rng(4)
    rows = [[f"r{n}", *random.normal(n % 3, 1, 2).round(3), f"w{n % 20}", "abc"[n % 3],
             n * 1.5, n % 2, int(random.random() < 0.5)] for n in range(200)]  # fmt: skip
    header = ["key", "a", "b", "writer", "species", "price", "red", "round"]
    write_csv(tmp_path / "data.csv", header, rows)
    return tmp_path / "data.csv"


class TestNew:
    @pytest.mark.parametrize(
        ("wanted", "kind", "metric"),
        [
            (Wanted(("species",)), Kind.MULTICLASS, "accuracy"),
            (Wanted(("species",), group="writer"), Kind.MULTICLASS, "accuracy"),
            (Wanted(("price",)), Kind.REGRESSION, "neg_root_mean_squared_error"),
            (Wanted(("price",), metric="r2"), Kind.REGRESSION, "r2"),
            (Wanted(("red",)), Kind.BINARY, "accuracy"),
            (Wanted(("red,round",)), Kind.MULTILABEL, "f1_samples"),
            (Wanted(("a", "b")), Kind.REGRESSION, "neg_root_mean_squared_error"),
            (Wanted(("species",), id="key"), Kind.MULTICLASS, "accuracy"),
        ],
    )
    def test_guesses_and_is_fine(self, table, wanted, kind, metric, tmp_path) -> None:
        made = new(table, tmp_path / "made", wanted)
        assert (made.kind, made.metric) == (kind, metric)
        assert refusing(check(tmp_path / "made")) == []
        found = tomllib.loads((tmp_path / "made" / "contest.toml").read_text())
        assert found["task"]["kind"] == kind
        notebook = json.loads((tmp_path / "made" / "starter.ipynb").read_text())
        assert notebook["nbformat"] == 4

    def test_hides_a_share_that_nobody_can_find_again(self, table, tmp_path) -> None:
        for name in ("one", "two"):
            new(table, tmp_path / name, Wanted(("species",), hidden=0.25))
        hidden = [read_csv(tmp_path / name / "test.csv")[1:] for name in ("one", "two")]
        assert [len(rows) for rows in hidden] == [50, 50]
        assert {row[1] for row in hidden[0]} != {row[1] for row in hidden[1]}
        assert "species" not in read_csv(tmp_path / "one" / "test.csv")[0]

    def test_divides_no_group(self, table, tmp_path) -> None:
        new(table, tmp_path / "made", Wanted(("species",), group="writer"))
        groups = [{row[rows[0].index("writer")] for row in rows[1:]} for rows in
                  (read_csv(tmp_path / "made" / n) for n in ("train.csv", "test.csv"))]  # fmt: skip
        assert groups[0] & groups[1] == set()

    def test_takes_arrays(self, tmp_path: Path) -> None:
        random = np.random.default_rng(0)
        np.savez(tmp_path / "a.npz", x=random.random((90, 4, 4)), y=np.arange(90) % 3)
        assert new(tmp_path / "a.npz", tmp_path / "made", Wanted()).kind is Kind.MULTICLASS
        assert refusing(check(tmp_path / "made")) == []

    @pytest.mark.parametrize(
        ("wanted", "said"),
        [
            (Wanted(), "--target"),
            (Wanted(("spices",)), "species"),
            (Wanted(("species",), kind="regression"), "no number"),
            (Wanted(("species",), metric="r2"), "can't be measured"),
            (Wanted(("key",), kind="binary"), "classes"),
            (Wanted(("species",), hidden=1.5), "between 0 and 1"),
        ],
    )
    def test_says_what_cannot_be(self, table, wanted, said, tmp_path) -> None:
        with pytest.raises(CannotMake, match=said):
            new(table, tmp_path / "made", wanted)
        assert not (tmp_path / "made").exists()

    def test_writes_over_nothing(self, table, tmp_path) -> None:
        with pytest.raises(NotEmpty):
            new(table, tmp_path, Wanted(("species",)))


class TestGuessKind:
    @pytest.mark.parametrize(
        ("words", "rows", "kind"),
        [
            (["yes", "no"], 100, Kind.BINARY),
            (["0", "1"], 100, Kind.BINARY),
            (["1", "2", "3"], 100, Kind.MULTICLASS),
            (["1.5", "2", "3"], 100, Kind.REGRESSION),
            ([str(n) for n in range(90)], 100, Kind.REGRESSION),
            (["a", "b", "c"], 3, Kind.MULTICLASS),
        ],
    )
    def test_by_the_different_values(self, words, rows, kind) -> None:
        assert guess_kind(words, rows) is kind
