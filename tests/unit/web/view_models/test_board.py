"""Where baselines stand between the rows of a page."""

from __future__ import annotations

import pytest

from heldout_server.web.view_models.board import GhostRow, in_place
from unit.web import sample_pages


def ghost(above: int) -> GhostRow:
    return GhostRow(id=f"b_{above}", kind="linear", name="A linear model", score=0.9, above=above)


def places(first: int, last: int, *above: int) -> list[int | str]:
    """The page of these ranks, with baselines below so many people: ranks, and "b" for each."""
    rows = sample_pages.rows(last - first + 1, first)
    lines = in_place(rows, [ghost(number) for number in above])
    return ["b" if line.is_baseline else line.rank for line in lines]


class TestInPlace:
    @pytest.mark.parametrize(
        ("above", "expected"),
        [(0, ["b", 1, 2, 3]), (1, [1, "b", 2, 3]), (3, [1, 2, 3, "b"]), (4, [1, 2, 3])],
    )
    def test_stands_below_those_who_are_as_good(self, above: int, expected: list) -> None:
        assert places(1, 3, above) == expected

    def test_between_two_pages_stands_on_the_upper_one(self) -> None:
        assert places(1, 2, 2) == [1, 2, "b"]
        assert places(3, 4, 2) == [3, 4]

    def test_several_stand_together(self) -> None:
        assert places(1, 2, 1, 1) == [1, "b", "b", 2]

    def test_of_nobody_is_nothing(self) -> None:
        assert in_place((), [ghost(0)]) == ()


class TestLines:
    def test_leave_baselines_out_where_rows_are_picked_by_name(self) -> None:
        page = sample_pages.board(3, ghosts=(ghost(1),), find="ada")
        assert not any(line.is_baseline for line in page.lines)
