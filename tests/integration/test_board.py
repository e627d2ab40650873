"""The leaderboard: order, ties, pages, caching, and nothing private on it."""

import json

import numpy as np
import pytest
from sqlmodel import select

from heldout_server.leaderboard import standings
from heldout_server.models import Best, Participant, Score, Submission
from participant import npy


def wrong_in(labels, where, count):
    """Labels with `count` errors among the examples of the mask `where`."""
    predicted = labels.copy()
    places = np.flatnonzero(where)[:count]
    predicted[places] = (predicted[places] + 1) % 10
    return npy(predicted)


def board(api, **params):
    return api.get("/api/v1/competitions/digits/leaderboard", params=params).json()


class TestBoard:
    def test_ranks_by_score_and_gives_ties_to_the_first(self, join, labels, public, clock, api):
        for name, errors in [("Late", 2), ("Ada", 1), ("Bob", 3)]:
            join(name).submit(wrong_in(labels, public, errors))
            clock.advance(seconds=1)
        join("Later").submit(wrong_in(labels, public, 1))
        rows = board(api)["rows"]
        assert [(r["rank"], r["participant"]["name"]) for r in rows] == [
            (1, "Ada"), (2, "Later"), (3, "Late"), (4, "Bob"),
        ]  # fmt: skip
        assert rows[0]["error_count"] == 1

    def test_shows_each_participants_best_only(self, join, labels, public, api):
        ada = join()
        for errors in (5, 1, 3):
            ada.submit(wrong_in(labels, public, errors))
        shown = board(api)
        assert shown["total"] == 1
        assert shown["rows"][0]["error_count"] == 1
        assert shown["rows"][0]["entries"] == 3

    def test_a_worse_submission_keeps_ones_rank(self, join, labels, public):
        ada = join()
        ada.submit(wrong_in(labels, public, 1))
        worse = ada.submit(wrong_in(labels, public, 5))
        assert worse["rank"] == 1
        assert worse["best"]["is_new_best"] is False

    def test_comes_in_pages(self, join, labels, public, api):
        for number in range(5):
            join(f"P{number}").submit(wrong_in(labels, public, number))
        shown = board(api, limit=2, offset=2)
        assert [r["rank"] for r in shown["rows"]] == [3, 4]
        assert shown["total"] == 5

    @pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 501}, {"offset": -1}])
    def test_refuses_nonsensical_pages(self, api, params):
        answer = api.get("/api/v1/competitions/digits/leaderboard", params=params)
        assert answer.json()["code"] == "validation"

    def test_is_empty_at_first(self, api):
        assert board(api)["rows"] == []
        assert board(api)["updated_at"] is None

    def test_equals_a_recomputation_from_scratch(self, join, labels, public, installed):
        for name in ("Ada", "Bob"):
            someone = join(name)
            for errors in (4, 2, 6):
                someone.submit(wrong_in(labels, public, errors + len(name)))
        with installed.database.write() as session:
            before = [b.model_dump() for b in session.execute(select(Best)).scalars()]
            for participant in session.execute(select(Participant)).scalars():
                standings.recompute(session, participant)
            after = [b.model_dump() for b in session.execute(select(Best)).scalars()]
        assert before == after


class TestWithdraw:
    def test_takes_the_submission_off_the_board(self, join, labels, public, api):
        ada = join()
        ada.submit(wrong_in(labels, public, 3))
        best = ada.submit(wrong_in(labels, public, 1))
        answer = ada.post(f"/submissions/{best['id']}/withdraw").json()
        assert answer["moderation"] == "withdrawn"
        assert board(api)["rows"][0]["error_count"] == 3

    def test_of_the_only_one_empties_the_row(self, join, labels, api):
        ada = join()
        shown = ada.submit(npy(labels))
        ada.post(f"/submissions/{shown['id']}/withdraw")
        assert board(api)["rows"] == []

    def test_twice_is_harmless(self, join, labels):
        ada = join()
        shown = ada.submit(npy(labels))
        answers = [ada.post(f"/submissions/{shown['id']}/withdraw") for _ in range(2)]
        assert [a.status_code for a in answers] == [200, 200]

    def test_of_one_that_organizers_have_moderated_is_a_conflict(self, join, labels, installed):
        ada = join()
        shown = ada.submit(npy(labels))
        with installed.database.write() as session:
            submission = session.execute(select(Submission)).scalar_one()
            submission.moderation = "disqualified"
            session.add(submission)
        answer = ada.post(f"/submissions/{shown['id']}/withdraw")
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


class TestPrivateScores:
    def test_are_stored_and_nowhere_to_be_seen(self, join, labels, public, api, installed):
        ada = join()
        errors_in_private = 37
        shown = ada.submit(wrong_in(labels, ~public, errors_in_private), name="entry")
        with installed.database.read() as session:
            private = session.execute(select(Score).where(Score.split == "private")).scalar_one()
            submission = session.execute(select(Submission)).scalar_one()
        assert private.error_count == errors_in_private
        seen = [
            json.dumps(shown),
            ada.get("/me").text,
            ada.get("/me/submissions").text,
            api.get("/api/v1/competitions/digits/leaderboard").text,
            api.get("/c/digits").text,
            api.get(f"/submissions/{submission.public_id}").text,
        ]
        secret = str(private.score)[:8]
        assert not [text for text in seen if secret in text or '"private"' in text]


@pytest.mark.quiet
class TestPages:
    def test_the_only_competition_is_home(self, api):
        answer = api.get("/", follow_redirects=False)
        assert answer.headers["Location"] == "/c/digits"

    def test_the_board_has_an_etag_that_changes_with_it(self, join, labels, api):
        first = api.get("/c/digits/board")
        again = api.get("/c/digits/board", headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
        join("Ada").submit(npy(labels))
        later = api.get("/c/digits/board", headers={"If-None-Match": first.headers["ETag"]})
        assert later.status_code == 200
        assert "Ada" in later.text

    @pytest.mark.parametrize("fragment", ["board", "queue"])
    def test_a_cache_in_front_tells_fragments_apart_by_what_browsers_heard_of(self, api, fragment):
        said = api.get(f"/c/digits/{fragment}").headers["Vary"]
        assert "Heldout-After" in said
        assert "Heldout-After" not in api.get("/c/digits").headers["Vary"]

    @pytest.mark.parametrize(
        "path", ["/api/v1/competitions/digits/leaderboard", "/c/digits/board.json"]
    )
    def test_the_board_is_kept_as_json_too(self, join, labels, api, path):
        """The same bytes until something moves the board, for whoever has a token as well."""
        ada = join()
        first = api.get(path)
        assert api.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        assert api.get(path, headers=ada.headers).content == first.content
        ada.submit(npy(labels))
        later = api.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert later.json()["rows"][0]["participant"]["name"] == "Ada"
        assert later.headers["ETag"] != first.headers["ETag"]

    def test_windows_that_hardly_anybody_asks_for_are_not_kept(self, join, labels, api):
        """They would push the pages that everybody looks at out of memory."""
        ada, pages = join(), api.app.state.services.pages
        ada.submit(npy(labels))
        path = "/api/v1/competitions/digits/leaderboard"
        usual = api.get(path)
        before = len(pages)
        for window in ({"limit": 7}, {"offset": 1}, {"limit": 100, "offset": 3}):
            assert api.get(path, params=window).status_code == 200
            assert api.get(path, params=window, headers=ada.headers).status_code == 200
        assert len(pages) == before
        assert api.get(path, params={"limit": 100}).content == usual.content
        assert len(pages) == before

    def test_the_board_says_that_the_digits_are_not_mnist(self, api):
        assert "This is not MNIST" in api.get("/c/digits").text

    def test_names_are_escaped(self, join, labels, api):
        join("<script>alert(1)</script>").submit(npy(labels), name="<img src=x>")
        page = api.get("/c/digits").text
        assert "<script>alert(1)" not in page
        assert "<img src=x>" not in page

    def test_a_submission_page_shows_the_run_card(self, join, labels, api):
        card = {
            "hyperparameters": {"optimizer": "Adam", "learning_rate": 0.001},
            "history": {"loss": [1.0, 0.5, 0.25], "val_loss": [1.1, 0.7, 0.8]},
        }
        shown = join().submit(npy(labels), run_card=card)
        page = api.get(f"/submissions/{shown['id']}")
        assert page.status_code == 200
        assert "Adam" in page.text
        assert "<svg" in page.text

    def test_a_run_card_of_nonsense_still_makes_a_page(self, join, labels, api):
        card = {
            "hyperparameters": [1],
            "history": {"loss": "x", "b": [None, {}]},
            "architecture": 3,
        }
        shown = join().submit(npy(labels), run_card=card)
        assert api.get(f"/submissions/{shown['id']}").status_code == 200

    def test_a_waiting_submission_has_a_page(self, join, labels, api):
        opened = join().open(npy(labels)).json()
        assert api.get(f"/submissions/{opened['id']}").status_code == 200

    def test_a_rejected_submission_says_why(self, join, api):
        shown = join().submit(npy([1, 2, 3]))
        assert "row_count" in api.get(f"/submissions/{shown['id']}").text

    @pytest.mark.parametrize("path", ["/c/none", "/submissions/none", "/nothing", "/c/none/join"])
    def test_what_is_not_there_gets_a_page_for_browsers(self, api, path):
        answer = api.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404
        assert answer.headers["Content-Type"].startswith("text/html")


class TestData:
    def test_gives_the_test_images_without_labels(self, api, installed, tmp_path):
        answer = api.get("/api/v1/competitions/digits/test-images")
        (tmp_path / "images.npy").write_bytes(answer.content)
        images = np.load(tmp_path / "images.npy", allow_pickle=False)
        assert images.dtype == np.uint8
        assert images.shape[1:] == (28, 28)
        assert answer.headers["ETag"]

    def test_gives_training_and_practice_data(self, api, tmp_path):
        answer = api.get("/api/v1/competitions/digits/training-data")
        (tmp_path / "data.npz").write_bytes(answer.content)
        with np.load(tmp_path / "data.npz", allow_pickle=False) as arrays:
            assert set(arrays) == {"x_train", "y_train", "x_practice", "y_practice"}
