"""Baselines: marked, unranked, honestly scored."""

import pytest

from participant import npy
from predictions import wrong_in
from waiting import run_until

PATH = "/competitions/digits/baselines"


def leaderboard(api):
    return api.get("/api/v1/competitions/digits/leaderboard").json()


@pytest.fixture
def shown(api):
    """Waits until so many baselines are on the board."""

    def waiting(count):
        return run_until(lambda: len(f := leaderboard(api)["baselines"]) == count and (f or True))

    return waiting


class TestComputed:
    def test_are_scored_on_the_hidden_labels(self, owner, api, shown, labels, public):
        for kind in ("random", "majority", "linear"):
            assert owner.post(PATH, {"kind": kind}).status_code == 201
        rows = {row["kind"]: row for row in shown(3)}
        assert rows["linear"]["score"] > 0.85
        assert rows["random"]["score"] < 0.2
        assert rows["majority"]["score"] < 0.2
        private = {b["kind"]: b["private_score"] for b in owner.get(PATH).json()["baselines"]}
        assert private["linear"] > 0.85

    def test_take_no_figures_from_outside(self, owner):
        answer = owner.post(PATH, {"kind": "linear", "score": 1.0})
        assert answer.json()["code"] == "validation"


class TestSupplied:
    def test_a_file_is_scored_and_never_ranked(self, owner, api, shown, labels, public, join):
        join("Ada").submit(wrong_in(labels, public, 3))
        answer = owner.request(
            "POST", f"{PATH}/file", params={"kind": "starter"}, content=npy(labels)
        )
        assert answer.status_code == 201, answer.text
        (ghost,) = shown(1)
        assert (ghost["score"], ghost["error_count"], ghost["reported"]) == (1.0, 0, False)
        board = leaderboard(api)
        assert board["total"] == 1
        assert board["rows"][0]["participant"]["name"] == "Ada"
        page = api.get("/c/digits").text
        assert "The starter notebook" in page
        assert "not ranked" in page

    def test_stands_on_the_board_below_those_who_have_beaten_it(
        self, owner, api, labels, public, join, shown
    ):
        join("Ada").submit(wrong_in(labels, public, 3))
        join("Bob").submit(wrong_in(labels, public, 20))
        owner.post(PATH, {"kind": "last_year", "score": 1 - 10 / public.sum(), "name": "Emmy"})
        shown(1)
        page = api.get("/c/digits").text
        assert page.index("Ada</bdi></a>") < page.index("Emmy</bdi>")
        assert page.index("Emmy</bdi>") < page.rindex("Bob</bdi></a>")

    def test_a_bad_file_is_refused_in_the_words_for_participants(self, owner):
        answer = owner.request("POST", f"{PATH}/file", content=npy([1, 2, 3]))
        assert answer.json()["code"] == "validation"
        assert owner.get(PATH).json()["baselines"] == []

    def test_a_reported_score_says_so(self, owner, api, shown):
        owner.post(PATH, {"kind": "last_year", "score": 0.91, "name": "Emmy, 2025"})
        (ghost,) = shown(1)
        assert (ghost["name"], ghost["score"], ghost["reported"]) == ("Emmy, 2025", 0.91, True)
        assert "as reported" not in api.get("/c/digits").text  # no row yet: the empty board

    def test_a_submission_lends_its_predictions(self, owner, join, labels, public, shown):
        entry = join("Ada").submit(wrong_in(labels, public, 5))
        owner.post(PATH, {"kind": "starter", "submission_id": entry["id"]})
        (ghost,) = shown(1)
        assert ghost["score"] == entry["score"]

    def test_needs_one_source(self, owner):
        assert owner.post(PATH, {"kind": "starter"}).json()["code"] == "validation"


class TestLater:
    def test_removing_takes_it_off_and_undo_brings_it_back(self, owner, shown):
        made = owner.post(PATH, {"kind": "majority"}).json()
        shown(1)
        owner.delete(f"{PATH}/{made['id']}")
        shown(0)
        owner.post("/competitions/digits/undo")
        shown(1)

    def test_a_re_score_scores_them_anew(self, owner, labels, public, shown):
        owner.request("POST", f"{PATH}/file", content=npy(labels))
        assert shown(1)[0]["score"] == 1.0
        place = int(public.nonzero()[0][0])
        body = {"corrections": [{"index": place, "label": int((labels[place] + 1) % 10)}]}
        path = f"/competitions/digits/rescores/{owner.post(rescores(), body).json()['id']}"
        run_until(lambda: owner.post(f"{path}/apply").status_code == 200)
        run_until(lambda: [b["error_count"] for b in shown(1)] == [1])


def rescores():
    return "/competitions/digits/rescores"
