"""What of the projector is always in sight, what turns, and what is left at the end."""

from __future__ import annotations

import pytest

from heldout_server.competitions.projector import Screen, View
from unit.web import sample_pages, sample_room


def ranks(lines: tuple) -> list[int | str]:
    return ["b" if line.is_baseline else line.rank for line in lines]


class TestTop:
    def test_is_the_first_five_with_the_baselines_between_them(self) -> None:
        page = sample_room.tv()
        assert ranks(page.top) == [1, 2, 3, "b", 4, 5]
        assert ranks(page.others)[:2] == [6, 7]

    @pytest.mark.parametrize("people", [0, 1, 5])
    def test_of_few_people_is_all_of_them(self, people: int) -> None:
        page = sample_room.tv(rows=sample_pages.rows(people), total=people)
        assert [one for one in ranks(page.top) if one != "b"] == list(range(1, people + 1))
        assert not any(isinstance(one, int) for one in ranks(page.others))


class TestScene:
    def test_after_the_reveal_the_board_is_the_podium_and_who_comes_next(self) -> None:
        ended = sample_pages.competition(revealed=True, state="closed")
        page = sample_room.tv(competition=ended)
        assert page.scene == "podium"
        assert ranks(page.podium) == [1, 2, 3]
        assert (page.top, ranks(page.others)[0]) == ((), 4)
        assert not page.shows_corner

    def test_another_view_stays_what_organizers_chose(self) -> None:
        ended = sample_pages.competition(revealed=True, state="closed")
        page = sample_room.tv(competition=ended, screen=Screen(view=View.AWARDS))
        assert page.scene == "awards"


class TestCorner:
    @pytest.mark.parametrize(("state", "shown"), [("open", True), ("closed", False)])
    def test_nobody_is_invited_once_it_is_over(self, state: str, shown: bool) -> None:
        page = sample_room.tv(competition=sample_pages.competition(state=state))
        assert page.shows_corner is shown
