"""A board of kept rows is the board that would be drawn anew, whatever changes in it."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from heldout_server.leaderboard.ties import Tie
from heldout_server.web.html.render import kept_part, render
from heldout_server.web.pages.board.row_cells import row_contest, standings_row
from heldout_server.web.pages.board.score_dots import read_standings
from heldout_server.web.view_models.board import AwardView, BoardRow
from unit.web import sample_pages

AWARD = AwardView(
    kind="most_improved", title="Most improved", meaning="The way up.", figure="+3.00", sign="↗",
    participant_id="p_1", participant_name="Ada",
)  # fmt: skip
CONTEST = sample_pages.competition()
PUBLIC = replace(CONTEST, dataset=replace(CONTEST.dataset, labels_are_public=True))
FIRST, *OTHERS = sample_pages.rows(30)
FIRST = replace(FIRST, low=0.95, high=0.99, trend=(0.9, 0.95), gain=0.05)
PAGE = sample_pages.board(30, competition=PUBLIC, rows=(FIRST, *OTHERS))
OTHERWISE = {
    "rank": 4, "participant_id": "p_other", "participant_name": "Another", "kind": "predictions",
    "submission_id": "s_other", "submission_name": "another try", "score": 0.5, "error_count": 77,
    "reached_at": FIRST.reached_at + timedelta(minutes=5), "entries": 78, "low": 0.41,
    "high": 0.59, "trend": (0.1, 0.2, 0.9), "gain": 0.0123, "badges": (AWARD,),
    "tie": Tie(1, 1, 5, True), "bracket": "middle",
}  # fmt: skip


def drawn(page) -> str:
    return render("_board.html", page)


def drawn_anew(page) -> str:
    kept_part.cache_clear()
    return drawn(page)


def with_first(**changes):
    return replace(PAGE, rows=(replace(FIRST, **changes), *PAGE.rows[1:]))


class TestKeptRows:
    def test_every_field_of_a_row_is_tried_here(self):
        assert set(OTHERWISE) == {field.name for field in fields(BoardRow)}

    @pytest.mark.parametrize("field", OTHERWISE)
    def test_a_row_that_changed_is_drawn_as_it_is_now(self, field):
        before, changed = drawn(PAGE), with_first(**{field: OTHERWISE[field]})
        assert drawn(changed) == drawn_anew(changed) != before

    @pytest.mark.parametrize(
        "changes",
        [
            {"timezone": "Asia/Tokyo"},
            {"metric": "f1_macro"},
            {"slug": "elsewhere"},
            {"revealed": True},
            {"dataset": CONTEST.dataset},
        ],
    )
    def test_another_contest_draws_its_own(self, changes):
        drawn(PAGE)
        page = replace(PAGE, competition=replace(PAGE.competition, **changes))
        assert drawn(page) == drawn_anew(page)

    @pytest.mark.parametrize("changes", [{"total": 1}, {"around": FIRST.participant_id}])
    def test_so_does_another_page(self, changes):
        drawn(PAGE)
        page = replace(PAGE, **changes)
        assert drawn(page) == drawn_anew(page)

    def test_one_who_is_overtaken_is_drawn_anew_by_their_place_alone(self):
        contest, dot = row_contest(PAGE.competition), read_standings(PAGE.rows).dots[0]
        here = standings_row(PAGE, contest, FIRST, dot)
        behind = standings_row(PAGE, contest, replace(FIRST, rank=2), dot)
        assert here != behind
        assert here.cells == behind.cells
