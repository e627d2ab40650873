"""What is said of public and private scores: by the metric's direction, and no more than is so."""

from __future__ import annotations

import pytest

from heldout_server.leaderboard.gap import Final, Gap, summary
from heldout_server.web.pages.board.gap_words import facts

RMSE = "neg_root_mean_squared_error"


def told(gains, metric="accuracy", *, tries=None, tries_lost=0, shown=True):
    """By title: figure and sentence. The first gained least, and has the most tries."""
    people = len(gains)
    finals = [
        Final("s", 0.5, 0.5 + gain, people - at, at + 1, people - at, stays_by_luck=True)
        for at, gain in enumerate(gains)
    ]
    rows = [Gap("p", "Ada", final) for final in finals] if shown else []
    found = facts(summary(finals, tries or people, tries_lost), rows, metric, "image")
    return {fact.title: (fact.figure, fact.text) for fact in found}


@pytest.mark.parametrize(
    ("metric", "change", "mean"),
    [("accuracy", "−3.00 points", "1.00 points"), (RMSE, "+0.0300 (worse)", "0.0100")],
)
def test_says_who_lost_by_the_direction_of_the_metric(metric, change, mean):
    found = told([-0.03, -0.03, -0.03, 0.01, 0.02, 0.02], metric)
    assert found["Lost at the reveal"] == (
        "3 of 6", f"The middle one of the final files is worse by {mean} on private images.",
    )  # fmt: skip
    assert found["The more tries, the more was lost"][0] == change
    assert found["First in public"][0] == "1st → 6th"
    assert "All of them moved within" in found["Changed places"][1]


def test_of_one_file_says_no_more_than_that():
    assert told([-0.01]) == {
        "Lost at the reveal": (
            "1 of 1", "The one final file is worse by 1.00 points on private images.",
        )
    }  # fmt: skip
    assert "neither better nor worse" in told([0.0])["Lost at the reveal"][1]


@pytest.mark.parametrize("metric", ["accuracy", RMSE])
def test_what_rounding_leaves_of_two_that_cancel_out_is_no_change(metric):
    found = told([0.9 - 0.92, 0.72 - 0.7] * 2 + [-1e-17] * 3, metric)
    assert "neither better nor worse" in found["Lost at the reveal"][1]
    assert "better)" not in "".join(map(str, told([1e-17] * 3 + [2e-17] * 3, metric).values()))


def test_where_nobody_lost_no_more_was_lost():
    found = told([0.01] * 3 + [0.02] * 3)
    assert "The more tries, the less was gained" in found
    assert "The more tries, the more was lost" not in found


def test_blames_no_luck_where_the_picked_files_lost_no_more_often():
    assert "picks the luck" in told([-0.01, -0.01], tries=10, tries_lost=5)["Of all tries"][1]
    assert "flattered hardly" in told([-0.01, 0.01], tries=10, tries_lost=5)["Of all tries"][1]
    assert "Few tries and many" in told([0.02] * 3 + [-0.03] * 3)


def test_names_the_first_only_where_that_row_is_shown():
    assert "First in public" not in told([-0.01, 0.0], shown=False)
