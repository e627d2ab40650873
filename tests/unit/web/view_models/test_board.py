"""Where baselines stand between the rows of a page, and brackets beside those of a tie."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heldout_server.leaderboard.luck import FirstPlace
from heldout_server.leaderboard.ties import Tie
from heldout_server.web.view_models.board import GhostRow, bracketed, first_words, in_place
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


def tied(*groups, first_rank=1):
    """Rows of these groups; None: nothing is known."""
    return [
        replace(row, tie=None if group is None else Tie(group, 1, 9, group == 1))
        for row, group in zip(sample_pages.rows(len(groups), first_rank), groups, strict=True)
    ]


@pytest.mark.parametrize(
    ("groups", "wanted"),
    [
        ((), []),
        ((1,), [""]),
        ((1, 2), ["", ""]),
        ((1, 1, 1), ["first", "middle", "last"]),
        ((1, 2, 2, 3), ["", "first", "last", ""]),
        ((1, None, 1), ["", "", ""]),
        ((None, None), ["", ""]),
    ],
)
def test_stand_beside_several_rows_of_a_group(groups, wanted):
    assert [row.bracket for row in bracketed(tied(*groups))] == wanted


def test_rows_found_by_name_are_no_neighbours():
    picked = tied(1, 1, 1)[::2]
    assert [row.bracket for row in bracketed(picked)] == ["", ""]


def test_a_baseline_inside_a_tie_does_not_end_it():
    lines = in_place(bracketed(tied(1, 1, 2)), [ghost(1), ghost(2)])
    assert [line.bracket for line in lines] == ["first", "middle", "last", "", ""]


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        (None, ""),
        (FirstPlace(0, None, 5000), ""),
        (FirstPlace(1, None, 5000), "The first place is clear: luck alone would hardly do it."),
        (FirstPlace(7, None, 2), "The first place is too close to call between 7."),
        (
            FirstPlace(7, 20_000, 5000),
            "About 20,000 hidden images would tell the first two apart; this board counts 5,000.",
        ),
    ],
)
def test_the_first_place_is_told_in_one_sentence(first, wanted):
    assert first_words(first, "image") == wanted
