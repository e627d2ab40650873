"""serve --contest: opened where there is none yet, left alone where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from contests import edit, numbers, penguins
from heldout_server.cli.serve import ensure_contest
from heldout_server.competitions import queries
from heldout_server.contests.problems import Refused
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import open_installation


@pytest.fixture
def empty(tmp_path: Path):
    installed = open_installation(Settings(data=tmp_path / "data", join_code="WAT-2026"))
    yield installed
    installed.database.dispose()


def slugs(installed) -> list[str]:
    with installed.database.read() as session:
        return [one.slug for one in queries.all_competitions(session)]


def test_opens_it_with_the_join_code_that_is_set(empty, tmp_path: Path) -> None:
    ensure_contest(empty, penguins(tmp_path / "c"))
    with empty.database.read() as session:
        made = queries.by_slug(session, "penguins")
        assert (made.title, made.join_code) == ("Penguins", "WAT-2026")


def test_a_second_start_opens_no_other(empty, tmp_path: Path) -> None:
    ensure_contest(empty, penguins(tmp_path / "c"))
    ensure_contest(empty, numbers(tmp_path / "d"))
    assert slugs(empty) == ["penguins"]


def test_a_broken_one_is_refused(empty, tmp_path: Path) -> None:
    folder = penguins(tmp_path / "c")
    edit(folder / "contest.toml", "multiclass", "manyclass")
    with pytest.raises(Refused):
        ensure_contest(empty, folder)
    assert slugs(empty) == []
