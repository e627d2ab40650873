"""check: the golden corpus of broken folders, and good ones of every kind."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from broken_contests import CASES, Broken
from contests import images, labels, numbers, penguins
from heldout_server.contests.check import check, examine
from heldout_server.contests.problems import CODES, refusing

NOW = datetime(2026, 11, 29, tzinfo=UTC)


class TestBrokenFolders:
    @pytest.mark.parametrize("broken", CASES, ids=lambda one: one.name)
    def test_everything_is_said_at_once_with_its_place(
        self, broken: Broken, tmp_path: Path
    ) -> None:
        folder = broken.begin(tmp_path / "contest")
        path = broken.spoil(folder) or folder
        found = check(path, now=NOW, work=tmp_path)
        said = {(one.code, one.file, one.line) for one in refusing(found)}
        assert said == set(broken.expected)
        assert all(one.what and len(one.what) < 600 for one in found)

    def test_there_are_sixty_and_more(self) -> None:
        assert len({one.name for one in CASES}) == len(CASES) >= 60


class TestGoodFolders:
    @pytest.mark.parametrize("begin", [penguins, images, numbers, labels])
    def test_of_every_kind(self, begin, tmp_path: Path) -> None:
        examined = examine(begin(tmp_path / "contest"), now=NOW)
        assert refusing(examined.problems) == []
        assert examined.contest is not None
        assert examined.contest.reached is not None

    def test_every_code_is_of_a_table(self, tmp_path: Path) -> None:
        assert all(code in CODES for one in CASES for code, _, _ in one.expected)
