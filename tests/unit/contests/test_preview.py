"""The first look at a file: kinds, counts and guesses, from a bounded read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from heldout_server.contests import making
from heldout_server.contests import preview as module
from heldout_server.contests.preview import Form, preview
from heldout_server.tasks.kinds import Kind


def written(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def column(text: str, name: str = "v") -> str:
    return "\n".join([f"{name},last", *(f"{one},{n % 2}" for n, one in enumerate(text.split()))])


class TestTables:
    @pytest.mark.parametrize(
        ("cells", "kind", "missing", "different"),
        [
            ("1 2 2 NA", "whole numbers", 1, 2),
            ("1.5 2 3 4", "numbers", 0, 4),
            ("red blue red NA", "words", 1, 2),
            ("NA NA NA NA", "empty", 4, 0),
        ],
    )
    def test_says_what_a_column_holds(self, tmp_path, cells, kind, missing, different):
        first = preview(written(tmp_path, column(cells))).columns[0]
        assert (first.kind, first.missing, first.different) == (kind, missing, different)

    def test_shows_cells_as_they_are_written(self, tmp_path):
        seen = preview(written(tmp_path, "a,b\n007,1e3\n010,2.50\n"))
        assert seen.rows == (("007", "1e3"), ("010", "2.50"))

    @pytest.mark.parametrize(
        ("header", "target"),
        [("a,Label,b", "Label"), ("a,b,species", "species"), ("a,species,id", "species")],
    )
    def test_guesses_the_target(self, tmp_path, header, target):
        rows = "\n".join(f"{n % 3},{n % 2},{n}" for n in range(40))
        assert preview(written(tmp_path, f"{header}\n{rows}\n")).target == (target,)

    def test_ids_are_kept_by_no_model(self, tmp_path):
        rows = "\n".join(f"{n},{n % 5},{n % 2}" for n in range(40))
        assert (
            preview(written(tmp_path, f"PassengerId,class_of,target\n{rows}\n")).id == "PassengerId"
        )
        assert preview(written(tmp_path, f"id,class_of,target\n{rows}\n")).id is None

    def test_counts_classes_the_most_frequent_first(self, tmp_path):
        seen = preview(written(tmp_path, column("a b b b c b", "kind")), ["kind"])
        assert seen.answers[0].counts == (("b", 4), ("a", 1), ("c", 1))
        assert seen.kind is Kind.MULTICLASS

    def test_says_how_numbers_spread(self, tmp_path):
        seen = preview(written(tmp_path, column("1.5 2.5 9.25", "price")), ["price"])
        assert seen.kind is Kind.REGRESSION
        assert seen.answers[0].spread == (1.5, 2.5, 9.25)

    def test_reads_the_head_alone_of_a_large_file(self, tmp_path, monkeypatch):
        monkeypatch.setattr(module, "COUNTED_BYTES", 1000)
        text = 'a,b\n"two\nlines",1\n' * 1 + "x,0\ny,1\n" * 2000
        seen = preview(written(tmp_path, text))
        assert seen.row_count is None
        assert sum(count for _, count in seen.answers[0].counts) == module.HEAD_ROWS
        assert seen.problems == ()

    def test_tells_what_is_wrong(self, tmp_path):
        assert [p.code for p in preview(written(tmp_path, "")).problems] == ["table_empty"]


class TestArrays:
    def test_looks_at_images_of_floats(self, tmp_path):
        x = np.linspace(0, 1, 20 * 64).reshape(20, 8, 8).astype(np.float32)
        np.savez(tmp_path / "a.npz", X=x, Y=np.arange(20) % 2)
        seen = preview(tmp_path / "a.npz")
        assert seen.form is Form.ARRAYS
        assert (seen.kind, seen.row_count) == (Kind.BINARY, 20)
        assert seen.images is not None
        assert seen.images.shape == (12, 8, 8)
        assert seen.images.dtype == np.uint8
        assert seen.images.max() == 255

    def test_tables_in_arrays_are_no_images(self, tmp_path):
        np.savez(tmp_path / "a.npz", x=np.ones((20, 3)), y=np.linspace(0, 1, 20))
        seen = preview(tmp_path / "a.npz")
        assert seen.images is None
        assert seen.kind is Kind.REGRESSION

    def test_without_answers_shows_what_there_is(self, tmp_path):
        np.savez(tmp_path / "a.npz", pixels=np.ones((20, 3)))
        seen = preview(tmp_path / "a.npz")
        assert seen.columns[0].kind == "float64, 20 × 3"
        assert seen.target == ()


def test_an_npz_with_a_test_part_keeps_it_hidden(tmp_path):
    train, test = np.arange(60.0).reshape(30, 2), np.arange(100.0, 120.0).reshape(10, 2)
    np.savez(
        tmp_path / "a.npz", x_train=train, y_train=np.arange(30) % 3,
        x_test=test, y_test=np.arange(10) % 3,
    )  # fmt: skip
    making.new(tmp_path / "a.npz", tmp_path / "made", making.Wanted())
    made = np.load(tmp_path / "made" / "data.npz")
    assert sorted(made["x_test"][:, 0]) == sorted(test[:, 0])
    assert sorted(made["x_train"][:, 0]) == sorted(train[:, 0])
