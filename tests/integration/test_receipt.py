"""What a participant is told beside a score: margin, neighbours, what changed, quota."""

from __future__ import annotations

from typing import Any

import pytest

from participant import Participant, npy


def card(**hyperparameters: Any) -> dict[str, Any]:
    return {"hyperparameters": hyperparameters}


@pytest.fixture
def file(labels, public):
    """Prediction files with so many of the public examples wrong."""
    rows = public.nonzero()[0]

    def making(wrong: int) -> bytes:
        predicted = labels.copy()
        predicted[rows[:wrong]] = (predicted[rows[:wrong]] + 1) % 10
        return npy(predicted)

    return making


def whole(who: Participant, submission: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = who.get(f"/submissions/{submission['id']}").json()
    return answer


class TestMargin:
    def test_holds_the_score(self, join, file, public):
        shown = whole(ada := join(), ada.submit(file(5)))
        low, high = shown["interval"]["low"], shown["interval"]["high"]
        assert low < shown["score"] < high
        assert 0 < high - low < 0.2

    def test_none_without_a_score(self, join):
        shown = whole(ada := join(), ada.submit(npy([1, 2])))
        assert (shown["interval"], shown["comparison"]) == (None, None)
        assert shown["quota"]["used_today"] == 0


class TestNeighbours:
    def test_are_one_place_away_and_say_whether_it_is_luck(self, join, file, public):
        half = int(public.sum()) // 2
        join("Grace").submit(file(0))
        ada = join("Ada")
        submission = ada.submit(file(1))
        join("Zoe").submit(file(half))
        beside = whole(ada, submission)["comparison"]
        assert beside["above"] == {
            "rank": 1, "name": "Grace", "score": 1.0, "score_text": "100.00%", "is_close": True,
        }  # fmt: skip
        assert (beside["below"]["rank"], beside["below"]["name"]) == (3, "Zoe")
        assert beside["below"]["is_close"] is False

    def test_are_nobody_for_the_only_one(self, join, file):
        beside = whole(ada := join(), ada.submit(file(1)))["comparison"]
        assert (beside["above"], beside["below"], beside["against"]) == (None, None, None)

    def test_are_told_of_the_submission_that_holds_the_place_alone(self, join, file):
        join("Grace").submit(file(0))
        ada = join("Ada")
        ada.submit(file(1))
        assert whole(ada, ada.submit(file(9)))["comparison"]["above"] is None


class TestChanges:
    def test_are_those_against_ones_best(self, join, file):
        ada = join()
        best = ada.submit(file(3), name="best", run_card=card(dropout=0, epochs_run=9, seed=1))
        ada.submit(file(30), name="worse", run_card=card(dropout=0.9))
        later = ada.submit(file(1), run_card=card(dropout=0.5, epochs_run=3, seed=1, parameters=9))
        beside = whole(ada, later)["comparison"]
        assert beside["against"] == {
            "id": best["id"], "name": "best",
            "score": best["score"], "score_text": best["score_text"],
        }  # fmt: skip
        assert beside["changes"] == [{"name": "dropout", "before": 0, "now": 0.5}]
        assert beside["is_close"] is True

    def test_leave_out_what_only_a_tracked_training_tells(self, join, file):
        ada = join()
        ada.submit(file(3), run_card=card(batch_size=32, dropout=0.2))
        later = ada.submit(file(1), run_card=card())
        changes = whole(ada, later)["comparison"]["changes"]
        assert changes == [{"name": "dropout", "before": 0.2, "now": None}]

    def test_come_with_a_card_that_is_added_later(self, join, file):
        ada = join()
        ada.submit(file(3), run_card=card(seed=1))
        later = ada.submit(file(1))
        assert whole(ada, later)["comparison"]["changes"] == []
        added = ada.put(f"/submissions/{later['id']}/run-card", card(seed=2)).json()
        assert added["comparison"]["changes"] == [{"name": "seed", "before": 1, "now": 2}]

    def test_are_bounded_whatever_a_card_holds(self, join, file):
        ada = join()
        ada.submit(file(3), run_card=card())
        wild = {f"k{number}": {"deep": ["x" * 999]} for number in range(50)}
        beside = whole(ada, ada.submit(file(1), run_card=card(**wild)))["comparison"]
        assert len(beside["changes"]) <= 8
        assert max(len(each["now"]) for each in beside["changes"]) <= 60


class TestBoard:
    def test_says_its_title_and_how_sure_each_row_is(self, join, file, api):
        join().submit(file(5))
        board = api.get("/api/v1/competitions/digits/leaderboard").json()
        (row,) = board["rows"]
        assert row["interval"]["low"] < row["score"] < row["interval"]["high"]
        assert board["title"] == api.get("/api/v1/competitions/digits").json()["title"]
        assert api.get("/c/digits/board.json").json()["rows"][0]["interval"] == row["interval"]


class TestCost:
    def test_lists_have_none_of_it(self, join, file):
        ada = join()
        ada.submit(file(1))
        (listed,) = ada.get("/me/submissions").json()["submissions"]
        assert (listed["interval"], listed["comparison"], listed["quota"]) == (None, None, None)

    def test_quota_is_what_is_left(self, join, file):
        shown = whole(ada := join(), ada.submit(file(1)))
        assert shown["quota"] == ada.get("/me/quota").json()
