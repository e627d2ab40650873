"""Labels that anybody can look up: what is said, what is held, and models ranked alone."""

import numpy as np
import pytest
from sqlmodel import select

from heldout_server.datasets import known
from heldout_server.models import Competition, Dataset, Event, Submission
from heldout_server.runs.experiments import Filter, load_runs
from heldout_server.runs.record_runs import record_missing
from organizer import Organizer
from participant import npy
from predictions import wrong_in
from waiting import run_until

ADMIN = "/competitions/digits"
ROOM = (
    "",
    "/board",
    "/race",
    "/tv",
    "/tv/board",
    "/embed",
    "/board.json",
    "/board.csv",
    "/feed.atom",
)


@pytest.fixture
def owner(api, organizer_token):
    return Organizer(api, organizer_token)


@pytest.fixture
def as_mnist(installed):
    """The same images, taken for MNIST's: a figure is in print for those."""
    _taken_for(installed, known.MNIST.images_hash)


@pytest.fixture
def as_secret(installed):
    """The same images under hashes that no published set has."""
    with installed.database.write() as session:
        competition = session.execute(select(Competition)).scalar_one()
        old = session.get_one(Dataset, competition.dataset_hash)
        session.add(Dataset.model_validate({**old.model_dump(), "content_hash": "f" * 64,
                                            "images_hash": None}))  # fmt: skip
        session.flush()
        competition.dataset_hash = "f" * 64
        session.add(competition)


def _taken_for(installed, images_hash):
    with installed.database.write() as session:
        dataset = session.execute(select(Dataset)).scalar_one()
        dataset.images_hash = images_hash
        session.add(dataset)


@pytest.fixture
def as_model(installed):
    """Take a scored submission for a model's."""

    def take(shown):
        with installed.database.write() as session:
            wanted = Submission.public_id == shown["id"]
            row = session.execute(select(Submission).where(wanted)).scalar_one()
            row.kind = "model"
            session.add(row)
        return shown

    return take


def board(api):
    return api.get("/api/v1/competitions/digits/leaderboard").json()


def names(rows):
    return [(row["rank"], row["participant"]["name"], row["kind"]) for row in rows]


class TestWhoHoldsTheLabels:
    def test_the_api_the_board_the_join_page_and_the_console_say_so(self, api, owner):
        sentence = "The labels of this set have been public since 1998"
        dataset = api.get("/api/v1/competitions/digits").json()["dataset"]
        sentence = f"{sentence}: a file of predictions proves little."
        assert (dataset["labels"], dataset["labels_note"]) == ("public", sentence)
        assert owner.get("/datasets").json()["datasets"][0]["labels"] == "public"
        api.post("/organize/sign-in", data={"token": owner.token})
        for page in ("/c/digits", "/c/digits/join", "/organize/c/digits", "/organize/new",
                     "/organize/c/digits/settings"):  # fmt: skip
            assert sentence in api.get(page).text, page

    def test_an_unknown_set_is_held_by_the_organizers_alone(self, api, as_secret):
        dataset = api.get("/api/v1/competitions/digits").json()["dataset"]
        assert dataset["labels"] == "secret"
        assert dataset["labels_note"] in api.get("/c/digits").text

    def test_a_set_stored_before_its_images_were_looked_at_is_known_as_a_whole(
        self, api, installed
    ):
        _taken_for(installed, None)
        assert api.get("/api/v1/competitions/digits").json()["dataset"]["labels"] == "public"

    def test_rows_of_files_are_marked_and_models_are_not(self, api, join, labels, public, as_model):
        as_model(join("Ada").submit(wrong_in(labels, public, 1)))
        join("Bob").submit(wrong_in(labels, public, 2))
        assert [row["kind"] for row in board(api)["rows"]] == ["model", "predictions"]
        for page in ("/c/digits", "/c/digits/tv", "/c/digits/embed"):
            assert api.get(page).text.count('class="file-mark"') == 1, page

    def test_nothing_is_marked_where_labels_are_secret(self, api, join, labels, public, installed):
        join("Bob").submit(wrong_in(labels, public, 2))
        with installed.database.write() as session:
            dataset = session.execute(select(Dataset)).scalar_one()
            old = dataset.model_dump()
            session.add(Dataset(**{**old, "content_hash": "f" * 64, "images_hash": None}))
            session.flush()
            session.execute(select(Competition)).scalar_one().dataset_hash = "f" * 64
        assert "Bob" in api.get("/c/digits").text
        assert "file-mark" not in api.get("/c/digits").text


class TestHeld:
    @pytest.fixture
    def held(self, as_mnist, join, labels):
        ada = join("Ada")
        return ada, ada.submit(npy(labels), name="y_test")

    def test_is_scored_has_no_rank_and_says_why(self, held, api):
        _, shown = held
        assert (shown["state"], shown["score"], shown["rank"]) == ("scored", 1.0, None)
        assert (shown["held"], shown["moderation"]) == (True, "held")
        assert "99.83%" in shown["moderation_reason"]
        assert "Byerly" in shown["moderation_reason"]
        assert "an organizer decides" in shown["moderation_reason"]
        own = api.get(shown["url"]).text
        assert "Scored, and held" in own
        assert "99.83%" in own

    def test_nobody_else_hears_of_it(self, held, api, join, labels, public):
        join("Bob").submit(wrong_in(labels, public, 2))
        _, shown = held
        assert names(board(api)["rows"]) == [(1, "Bob", "predictions")]
        for page in ROOM:
            text = api.get(f"/c/digits{page}").text
            assert "Ada" not in text, page
            assert "y_test" not in text, page
        stranger = api.get(f"/submissions/{shown['id']}").text
        assert "100.00%" not in stranger
        assert "99.83" not in stranger

    def test_is_announced_without_a_figure(self, held, installed):
        with installed.database.read() as session:
            told = session.execute(select(Event).where(Event.kind == "submission.scored"))
            assert [event.data for event in told.scalars()] == [{}]

    def test_whether_it_is_held_does_not_depend_on_the_private_part(
        self, as_mnist, join, labels, public
    ):
        poor = join("Ada").submit(wrong_in(labels, ~public, 200))
        good = join("Bob").submit(wrong_in(labels, public, 1))
        assert (poor["held"], good["held"]) == (True, False)

    def test_no_file_is_held_where_no_figure_is_in_print(self, join, labels):
        assert join("Ada").submit(npy(labels))["held"] is False

    def test_an_organizer_lets_it_through_and_undo_holds_it_again(self, held, owner, api):
        _, shown = held
        path = f"{ADMIN}/submissions/{shown['id']}"
        waiting = owner.get(f"{ADMIN}/submissions", moderation="held").json()["submissions"]
        assert [(one["id"], one["held"]) for one in waiting] == [(shown["id"], True)]
        assert owner.post(f"{path}/let-through").json()["held"] is False
        assert owner.post(f"{path}/let-through").status_code == 200
        assert names(board(api)["rows"]) == [(1, "Ada", "predictions")]
        entries = owner.get("/audit").json()["entries"]
        assert [e["action"] for e in entries].count("submission.let_through") == 1
        assert owner.post(f"{ADMIN}/undo").status_code == 200
        assert board(api)["rows"] == []
        assert "99.83%" in owner.get(path).json()["reason"]

    def test_what_was_let_through_is_not_held_when_it_runs_again(self, held, owner, api):
        _, shown = held
        path = f"{ADMIN}/submissions/{shown['id']}"
        owner.post(f"{path}/let-through")
        owner.post(f"{path}/rerun")
        run_until(lambda: owner.get(path).json()["state"] == "scored")
        assert owner.get(path).json()["held"] is False
        assert names(board(api)["rows"]) == [(1, "Ada", "predictions")]

    def test_what_ranked_before_is_not_held_when_it_runs_again(
        self, owner, api, join, labels, installed
    ):
        shown = join("Ada").submit(npy(labels))
        _taken_for(installed, known.MNIST.images_hash)
        path = f"{ADMIN}/submissions/{shown['id']}"
        owner.post(f"{path}/rerun")
        run_until(lambda: owner.get(path).json()["state"] == "scored")
        assert names(board(api)["rows"]) == [(1, "Ada", "predictions")]

    def test_only_what_is_held_can_be_let_through(self, held, owner):
        _, shown = held
        path = f"{ADMIN}/submissions/{shown['id']}"
        owner.post(f"{path}/disqualify", {"reason": "y_test"})
        answer = owner.post(f"{path}/let-through")
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")

    def test_its_participant_may_withdraw_it_and_the_same_bytes_are_known(self, held, labels):
        ada, shown = held
        assert ada.submit(npy(labels))["duplicate_of"] == shown["id"]
        answer = ada.post(f"/submissions/{shown['id']}/withdraw")
        assert answer.json()["moderation"] == "withdrawn"

    def test_a_better_one_that_ranks_still_does(self, held, public, labels):
        ada, _ = held
        assert ada.submit(wrong_in(labels, public, 3))["rank"] == 1

    def test_it_can_not_be_chosen_for_the_final(self, held):
        ada, shown = held
        answer = ada.put("/me/final", {"submissions": [shown["id"]]})
        assert answer.json()["code"] == "not_found"


class TestModelsOnly:
    @pytest.fixture
    def class_(self, join, labels, public, as_model):
        """Ada has a model and a better file, Bob a model, Zora the best file of all."""
        ada, bob, zora = join("Ada"), join("Bob"), join("Zora")
        as_model(ada.submit(wrong_in(labels, public, 6), name="ada's model"))
        as_model(bob.submit(wrong_in(labels, public, 4), name="bob's model"))
        ada.submit(wrong_in(labels, public, 2), name="ada's file")
        zora.submit(wrong_in(labels, public, 1), name="zora's file")
        return ada, bob, zora

    def set_to(self, owner, ranked):
        answer = owner.patch(ADMIN, {"rank_predictions": ranked})
        assert answer.json()["rank_predictions"] is ranked

    def test_files_are_ranked_unless_organizers_say_otherwise(self, class_, api):
        assert api.get("/api/v1/competitions/digits").json()["rank_predictions"] is True
        shown = board(api)
        assert [row["participant"]["name"] for row in shown["rows"]] == ["Zora", "Ada", "Bob"]

    def test_files_stand_below_without_a_rank(self, class_, owner, api):
        self.set_to(owner, False)
        shown = board(api)
        assert names(shown["rows"]) == [
            (1, "Bob", "model"), (2, "Ada", "model"),
            (None, "Zora", "predictions"), (None, "Ada", "predictions"),
        ]  # fmt: skip
        assert shown["total"] == 2
        first = api.get("/api/v1/competitions/digits/leaderboard", params={"limit": 1}).json()
        assert names(first["rows"]) == [(1, "Bob", "model")]
        assert shown["rows"][1]["entries"] == 1
        page = api.get("/c/digits").text
        assert page.count("Prediction file, not ranked") == 2
        assert "Models only are ranked" in page
        lines = api.get("/c/digits/board.csv").text.splitlines()
        assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "", ""]

    def test_and_back(self, class_, owner, api):
        before = names(board(api)["rows"])
        self.set_to(owner, False)
        self.set_to(owner, True)
        assert names(board(api)["rows"]) == before

    def test_undo_puts_the_board_back(self, class_, owner, api):
        before = names(board(api)["rows"])
        self.set_to(owner, False)
        assert owner.post(f"{ADMIN}/undo").status_code == 200
        assert names(board(api)["rows"]) == before

    def test_a_file_takes_no_award_no_lead_and_no_line_of_the_race(self, class_, owner, api):
        self.set_to(owner, False)
        for page in ("/c/digits/race", "/c/digits/tv?view=awards", "/c/digits/embed"):
            text = api.get(page).text
            assert "Zora" not in text.split("tv-foot")[0], page
            assert "Bob" in text, page
        lead = api.get("/c/digits").text.split('class="leader-name"')[1]
        assert lead.startswith("><bdi>Bob")
        feed = api.get("/c/digits/feed.atom").text
        assert "<title>Zora: 99.67%</title>" in feed  # without a place

    def test_a_new_file_has_no_rank_and_announces_none(self, class_, owner, labels, installed):
        self.set_to(owner, False)
        _, _, zora = class_
        shown = zora.submit(npy(labels))
        assert (shown["score"], shown["rank"]) == (1.0, None)
        with installed.database.read() as session:
            newest = select(Event).where(Event.kind == "submission.scored")
            event = session.execute(newest.order_by(Event.id.desc())).scalars().first()
        assert event.data["rank"] is None

    def test_a_new_leader_is_told_of_models_alone(self, owner, join, labels, public, installed):
        body = {"url": "https://hooks.invalid/x", "format": "json", "secret": "swordfish-swordfish",
                "kinds": ["new_leader"]}  # fmt: skip
        hook = owner.post(f"{ADMIN}/webhooks", body).json()
        self.set_to(owner, False)
        join("Zora").submit(npy(labels))
        found = owner.get(f"{ADMIN}/webhooks/{hook['id']}/deliveries").json()
        assert found["deliveries"] == []

    def test_a_participant_without_a_model_has_no_row(self, class_, owner):
        self.set_to(owner, False)
        ada, _, zora = class_
        assert zora.get("/me").json()["best"] is None
        assert ada.get("/me").json()["best"]["rank"] == 2

    def test_the_final_standings_have_models_only(self, class_, owner, api):
        self.set_to(owner, False)
        owner.post(f"{ADMIN}/pause")
        assert owner.post(f"{ADMIN}/reveal").status_code == 200
        shown = board(api)
        assert shown["split"] == "private"
        assert {row["kind"] for row in shown["rows"] if row["rank"]} == {"model"}
        assert {name for rank, name, _ in names(shown["rows"]) if rank} == {"Ada", "Bob"}
        assert {name for rank, name, _ in names(shown["rows"]) if not rank} == {"Ada", "Zora"}
        assert "Zora" not in api.get("/c/digits/reveal").text

    def test_a_chosen_file_gives_way_to_the_best_model(self, class_, owner, api):
        ada, _, _ = class_
        file = next(one for one in ada.get("/me/submissions").json()["submissions"]
                    if one["kind"] == "predictions")  # fmt: skip
        assert ada.put("/me/final", {"submissions": [file["id"]]}).status_code == 200
        self.set_to(owner, False)
        owner.post(f"{ADMIN}/pause")
        owner.post(f"{ADMIN}/reveal")
        row = next(r for r in board(api)["rows"] if r["participant"]["name"] == "Ada")
        assert row["submission_name"] == "ada's model"

    def test_the_preview_of_a_re_score_ranks_as_the_board_does(self, class_, owner, labels, public):
        self.set_to(owner, False)
        places = np.flatnonzero(public)[4:6]  # where Ada's model differs and Bob's doesn't
        wanted = [{"index": int(n), "label": int((labels[n] + 1) % 10)} for n in places]
        made = owner.post(f"{ADMIN}/rescores", {"corrections": wanted, "note": "Two of them"})
        assert made.status_code == 202, made.text
        path = f"{ADMIN}/rescores/{made.json()['id']}"
        run_until(lambda: owner.get(path).json()["state"] == "ready")
        moved = owner.get(f"{path}/preview").json()["moved"]
        moves = [(m["participant_name"], m["rank_before"], m["rank_after"]) for m in moved]
        assert moves == [("Ada", 2, 1), ("Bob", 1, 2)]

    def test_experiments_compare_what_is_ranked(self, class_, owner, installed):
        def compared():
            with installed.database.write() as session:
                record_missing(session)
                competition = session.execute(select(Competition)).scalar_one()
                return [row.name for row in load_runs(session, competition, Filter(True))]

        assert compared()[0] == "zora's file"
        self.set_to(owner, False)
        assert compared() == ["bob's model", "ada's model"]

    def test_without_models_there_would_be_nothing_to_rank(self, owner):
        answer = owner.patch(ADMIN, {"rank_predictions": False, "kinds": ["predictions"]})
        assert answer.json()["code"] == "validation"
        assert "no models are taken" in answer.json()["detail"]

    def test_a_clone_has_the_same_rule(self, owner):
        self.set_to(owner, False)
        made = owner.post(f"{ADMIN}/clone", {"title": "Again"}).json()
        assert made["rank_predictions"] is False

    def test_the_organizers_live_standings_follow(self, class_, owner):
        self.set_to(owner, False)
        rows = owner.get(f"{ADMIN}/standings", split="private").json()["rows"]
        assert {row["participant"] for row in rows} == {"Ada", "Bob"}
