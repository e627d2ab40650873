"""leaks: what gives answers away is said, and what doesn't isn't."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from contests import add_column, edit, images, numbers, penguins, read_csv, write_csv
from heldout_server.contests.check import check
from heldout_server.contests.leaks import row_hashes
from heldout_server.contests.templates import write as write_template
from heldout_server.kit.settings import Settings

NOW = datetime(2026, 11, 29, tzinfo=UTC)
LEAKS = {"rows_shared", "groups_shared", "ids_tell", "order_tells", "column_tells"}


def leaks(folder: Path) -> dict[str, int | None]:
    return {one.code: one.line for one in check(folder, now=NOW) if one.code in LEAKS}


@pytest.mark.parametrize("begin", [penguins, images, numbers])
def test_nothing_is_said_of_a_good_contest(begin, tmp_path: Path) -> None:
    assert leaks(begin(tmp_path / "c")) == {}


def test_rows_that_stand_in_train_and_in_test(tmp_path: Path) -> None:
    folder = penguins(tmp_path / "c")
    train, test = read_csv(folder / "train.csv"), read_csv(folder / "test.csv")
    test[9] = [test[9][0], *train[4][1:-1]]
    write_csv(folder / "test.csv", test[0], test[1:])
    assert leaks(folder) == {"rows_shared": 10}


def reordered(folder: Path, *, renumbered: bool) -> Path:
    """Test sorted by its answers; with ids that say the order, or with the old ones."""
    answers = {row[0]: row[1] for row in read_csv(folder / "labels.csv")[1:]}
    rows = read_csv(folder / "test.csv")
    body = sorted(rows[1:], key=lambda row: answers[row[0]])
    names = {row[0]: f"n{place:03d}" if renumbered else row[0] for place, row in enumerate(body)}
    random = np.random.default_rng(0)
    if renumbered:
        random.shuffle(body)
    write_csv(folder / "test.csv", rows[0], [[names[row[0]], *row[1:]] for row in body])
    write_csv(folder / "labels.csv", ["id", "species"],
              [[names[one], kind] for one, kind in answers.items()])  # fmt: skip
    return folder


def test_an_order_that_tells(tmp_path: Path) -> None:
    assert leaks(reordered(penguins(tmp_path / "c"), renumbered=False)) == {"order_tells": None}


def test_ids_that_tell(tmp_path: Path) -> None:
    assert leaks(reordered(penguins(tmp_path / "c"), renumbered=True)) == {"ids_tell": None}


def test_ids_that_begin_with_the_class(tmp_path: Path) -> None:
    folder = penguins(tmp_path / "c")
    answers = {row[0]: row[1] for row in read_csv(folder / "labels.csv")[1:]}
    for name in ("test.csv", "labels.csv"):
        rows = read_csv(folder / name)
        body = [[f"{answers[row[0]][:2]}-{row[0][1:]}", *row[1:]] for row in rows[1:]]
        write_csv(folder / name, rows[0], body)
    assert leaks(folder) == {"ids_tell": None}


@pytest.mark.parametrize("as_number", [True, False])
def test_a_column_that_says_it_all(as_number, tmp_path: Path) -> None:
    folder = penguins(tmp_path / "c")
    kinds = ["Adelie", "Chinstrap", "Gentoo"]
    for name, table in (("train.csv", "train.csv"), ("test.csv", "labels.csv")):
        answers = [row[-1] for row in read_csv(folder / table)[1:]]
        column = [kinds.index(one) if as_number else f"is {one}" for one in answers]
        add_column(folder / name, "code", column)
    assert "column_tells" in leaks(folder)


def test_a_column_that_says_a_number(tmp_path: Path) -> None:
    folder = numbers(tmp_path / "c")
    for name, table in (("train.csv", "train.csv"), ("test.csv", "labels.csv")):
        add_column(folder / name, "tax", [2 * float(r[-1]) for r in read_csv(folder / table)[1:]])
    assert "column_tells" not in leaks(folder)  # 40 rows a half: bins don't reach 99 %


def test_groups_on_both_sides(tmp_path: Path) -> None:
    folder = penguins(tmp_path / "c")
    edit(folder / "contest.toml", 'id = "id"', 'id = "id"\ngroup = "writer"')
    add_column(folder / "train.csv", "writer", [f"w{n % 11}" for n in range(90)])
    add_column(folder / "test.csv", "writer", [f"w{n % 17}" for n in range(60)])
    assert "groups_shared" in leaks(folder)


class TestRowHashes:
    def test_equal_rows_have_equal_ones_whatever_the_type(self) -> None:
        for array in (np.array([[1.0, -0.0], [1.0, 0.0]], np.float32),
                      np.array([[1, 2, 3], [1, 2, 3]], np.uint8)):  # fmt: skip
            one, two = row_hashes(array)
            assert one == two

    def test_others_do_not_collide(self) -> None:
        random = np.random.default_rng(0)
        inputs = random.integers(0, 3, (50_000, 12)).astype(np.uint8)
        assert len(np.unique(row_hashes(inputs))) == len(np.unique(inputs, axis=0))


def test_a_published_set_is_recognised(tmp_path: Path) -> None:
    write_template("digits", tmp_path / "d", source=None, settings=Settings(data=tmp_path))
    assert "labels_public" not in {one.code for one in check(tmp_path / "d", now=NOW)}
    edit(tmp_path / "d" / "contest.toml", 'labels_are = "public"', 'labels_are = "secret"')
    found = {one.code: one.line for one in check(tmp_path / "d", now=NOW)}
    assert found["labels_public"] == 12
